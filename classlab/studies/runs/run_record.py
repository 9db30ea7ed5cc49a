"""From what the engine hands back to a run on record: figures on every split, notes, environment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from classlab.analysis.class_balance import majority_note, weights_note
from classlab.datasets.ink_style import ink_style
from classlab.records import Figures, KerasArchitecture, RunRecord, RunSpec, identity
from classlab.records.outcomes import RunOutcomes, outcomes_of
from classlab.studies.runs.class_figures import with_class_figures
from classlab.studies.runs.environment import environment
from classlab.studies.runs.run_folder import Predictions, StoredRun
from classlab.studies.transfer.entering import AS_THEY_ARE, takes_features
from classlab.studies.transfer.whole import whole_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset, Division, Split
    from classlab.datasets.ink_style import InkStyle
    from classlab.options.words import DeviceName
    from classlab.records import Diagnostics
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import RunState
    from classlab.training import Measurement, Outcome

_FITTED_IMAGES = 10_000  # a standard error of 0.3 points at 90 % accuracy, for a sixth of MNIST's price
_appearances: WeakKeyDictionary[Split, tuple[float, InkStyle | None]] = WeakKeyDictionary()
_BORDER_IMAGES = 1000  # enough for a mean that only has to tell dark from bright


def stored_run(
    spec: RunSpec,
    outcome: Outcome,
    dataset: Dataset,
    division: Division,
    *,
    input_layer: Rescaling | Normalization,
    device: DeviceName,
    created: str,
    command: str,
    notes: tuple[str, ...] = (),
    measured: Measured | None = None,
) -> StoredRun:
    """Opens the test set once for a trained run, and puts everything on record.

    Args:
        spec: what was asked for.
        outcome: what the engine handed back.
        dataset: class names and notes come from here.
        division: the images behind the figures, or their features where the network takes those.
        input_layer: the preprocessing of the images as a layer.
        device: where to evaluate.
        created: ISO 8601 time in UTC.
        command: what reproduces the run.
        notes: further remarks, each a sentence.
        measured: what the run makes of each split, where that is known already.
    """
    from classlab.training import environment_facts

    scored = is_scored(outcome)
    if scored and measured is None:
        entering = AS_THEY_ARE if takes_features(spec) else input_layer
        measured = measure_runs([spec], [outcome], division, input_layer=entering, device=device)[0]
    border, style = _appearance((division if spec.data.backbone is None else dataset).train)
    fitted, validation, test = (None,) * 3 if measured is None else measured.figures
    record = RunRecord(
        spec=spec,
        identity=identity(spec),
        state=outcome.state,
        reason=outcome.reason,
        epochs_done=outcome.epochs_done,
        history=outcome.history,
        training=_running_average(spec, outcome, len(division.train)),
        fitted=fitted,
        validation=validation,
        test=test,
        parameters=sum(int(array.size) for array in outcome.weights.values()),
        seconds=outcome.seconds,
        input_layer=input_layer,
        path="keras" if isinstance(spec.architecture, KerasArchitecture) else "engine",
        class_names=dataset.class_names,
        environment=environment(environment_facts(device, spec)),
        created=created,
        command=command,
        notes=(
            *dataset.notes,
            *notes,
            *outcome.notes,
            *_class_notes(spec, division, dataset.class_names),
            *_notes(spec, outcome.state),
        ),
        diagnostics=_with_unseen(outcome.diagnostics, measured, len(dataset.class_names)),
        outcomes=None if measured is None else _outcomes(measured.predictions),
        preparation=dataset.preparation,
        reading=dataset.reading,
    )
    return StoredRun(
        record=record,
        weights=outcome.weights if scored else {},
        predictions=None if measured is None else measured.predictions,
        border=border,
        ink_style=style,
    )


def _appearance(train: Split) -> tuple[float, InkStyle | None]:
    """Measured once for all runs of a population, which share the images."""
    if train not in _appearances:
        _appearances[train] = border_brightness(train.images[:_BORDER_IMAGES]), ink_style(train.images)
    return _appearances[train]


def _with_unseen(noted: Diagnostics | None, measured: Measured | None, classes: int) -> Diagnostics | None:
    """Adds how each class fares on the validation images: small classes are learnt by heart, and only here it shows."""
    if noted is None or measured is None:
        return noted
    probabilities, labels = measured.predictions.on_validation()
    hits = probabilities.argmax(axis=1) == labels

    def count(chosen: NDArray[np.int64]) -> tuple[int, ...]:
        return tuple(int((chosen == label).sum()) for label in range(classes))

    return replace(noted, unseen_present=count(labels), unseen_right=count(labels[hits]))


def _outcomes(predictions: Predictions) -> RunOutcomes:
    """Right or wrong on each image; cost and class of the validation images too, because arms can be ranked by them."""
    return RunOutcomes(
        validation=outcomes_of(*predictions.on_validation(), losses=True, classes=True),
        test=outcomes_of(predictions.probabilities, predictions.labels, losses=False),
    )


def border_brightness(images: NDArray[np.uint8]) -> float:
    """Mean of the outermost pixels, in [0, 1].

    Args:
        images: uint8, `(images, height, width, channels)`.
    """
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return float(sum(float(edge.mean()) for edge in edges) / (4 * 255))


def is_scored(outcome: Outcome) -> bool:
    """Whether a run has good weights, and so figures and predictions."""
    return bool(outcome.weights) and outcome.epochs_done > 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """What a run makes of the images after its training.

    Args:
        figures: on training images, validation images and test images.
        predictions: on the last two.
    """

    figures: tuple[Figures, Figures, Figures]
    predictions: Predictions


def measure_runs(
    specs: Sequence[RunSpec],
    outcomes: Sequence[Outcome],
    division: Division,
    *,
    input_layer: Rescaling | Normalization,
    device: DeviceName,
) -> list[Measured]:
    """Measures runs of one population together; where validation and test images are the same, measures them once.

    Args:
        specs: runs that share data, network and loss.
        outcomes: what the engine handed back for each; all of them have good weights.
        division: what enters their networks: images, or features where the network is a head that was not fine-tuned.
        input_layer: the preprocessing as a layer.
        device: where to compute.
    """
    from classlab.training import measuring

    spec = specs[0]
    networks = [(spec.architecture, outcome.weights) for outcome in outcomes]
    if spec.fine_tuning is not None:
        networks = [whole_network(spec, outcome.weights, folder=None) for outcome in outcomes]

    on = measuring(
        networks[0][0],
        [weights for _, weights in networks],
        input_layer=input_layer,
        loss=spec.loss,
        top_k=spec.top_k,
        device=device,
    )

    def by_class(found: Measurement, split: Split) -> Figures:
        assert found.probabilities is not None  # noqa: S101 - asked for
        return with_class_figures(found.figures, found.probabilities, split.labels)

    test = on(division.test)
    own = spec.data.validation != "test"
    validation = on(division.validation) if own else test
    validated = division.validation if own else division.test
    fitted = on(division.train.spread(_FITTED_IMAGES), probabilities=False)
    return [
        Measured(
            figures=(seen.figures, by_class(chosen, validated), by_class(opened, division.test)),
            predictions=Predictions(
                probabilities=cast("NDArray[np.float32]", opened.probabilities),
                labels=division.test.labels,
                validation_probabilities=chosen.probabilities if own else None,
                validation_labels=division.validation.labels if own else None,
            ),
        )
        for seen, chosen, opened in zip(fitted, validation, test, strict=True)
    ]


def _running_average(spec: RunSpec, outcome: Outcome, images: int) -> Figures | None:
    history = outcome.history
    if not history.get("loss"):
        return None
    top_k = history.get(f"top_{spec.top_k}_accuracy")
    return Figures(
        images=images,
        loss=history["loss"][-1],
        accuracy=history["accuracy"][-1],
        top_k_accuracy=top_k[-1] if top_k else None,
    )


def _class_notes(spec: RunSpec, division: Division, class_names: Sequence[str]) -> list[str]:
    """What accuracy hides of classes of different sizes, and what the images of each count in the training loss."""
    from classlab.training import class_factors

    labels = division.train.labels
    counts = [int((labels == place).sum()) for place in range(len(class_names))]
    weights = class_factors(spec.class_weights, labels, classes=len(class_names))
    said = [majority_note(counts, class_names, weighted=weights is not None)]
    if weights is not None:
        said.append(weights_note(weights.tolist(), class_names, balanced=spec.class_weights == "balanced"))
    return [sentence for sentence in said if sentence]


def _notes(spec: RunSpec, state: RunState) -> list[str]:
    notes = []
    if spec.data.validation == "test":
        notes.append("The validation images are the test images, so the test figures were selected on the test set.")
    if isinstance(spec.architecture, KerasArchitecture):
        notes.append(f"The model trained through Keras itself, not on the engine: {spec.architecture.reason}.")
    if spec.initial_weights is not None:
        notes.append("Training started from given weights, not from weights drawn by the seed.")
    if state == "stopped_early" and spec.early_stopping and spec.early_stopping.restore_best_weights:
        notes.append("Training figures are those of the last epoch, validation and test figures of the best one.")
    return notes
