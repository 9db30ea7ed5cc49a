"""From what the engine hands back to a run on record: figures on every split, notes, environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records import Figures, KerasArchitecture, RunRecord, RunSpec, identity
from classlab.studies.environment import environment
from classlab.studies.run_folder import Predictions, StoredRun

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset, Division, Split
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import RunState
    from classlab.training.device import DeviceName
    from classlab.training.outcome import Outcome

_FITTED_IMAGES = 10_000  # a standard error of 0.3 points at 90 % accuracy, for a sixth of MNIST's price
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
) -> StoredRun:
    """Opens the test set once for a trained run, and puts everything on record.

    Args:
        spec: what was asked for.
        outcome: what the engine handed back.
        dataset: class names and notes come from here.
        division: the images behind the figures.
        input_layer: the preprocessing as a layer.
        device: where to evaluate.
        created: ISO 8601 time in UTC.
        command: what reproduces the run.
        notes: further remarks, each a sentence.
    """
    from classlab.training import environment_facts

    scored = bool(outcome.weights) and outcome.epochs_done > 0
    fitted, validation, test = _measured(spec, outcome, division, input_layer, device) if scored else (None,) * 3
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
        environment=environment(environment_facts(device, spec.precision)),
        created=created,
        command=command,
        notes=(*dataset.notes, *notes, *outcome.notes, *_notes(spec, outcome.state)),
    )
    return StoredRun(
        record=record,
        weights=outcome.weights if scored else {},
        predictions=_predictions(spec, outcome, division, input_layer, device) if scored else None,
        border=border_brightness(division.train.images[:_BORDER_IMAGES]),
    )


def border_brightness(images: NDArray[np.uint8]) -> float:
    """Mean of the outermost pixels, in [0, 1].

    Args:
        images: uint8, `(images, height, width, channels)`.
    """
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return float(sum(float(edge.mean()) for edge in edges) / (4 * 255))


def _measured(
    spec: RunSpec, outcome: Outcome, division: Division, input_layer: Rescaling | Normalization, device: DeviceName
) -> tuple[Figures, Figures, Figures]:
    """Figures on training, validation and test images; where the last two are the same images, measured once."""
    from classlab.training import evaluate

    def measure(split: Split) -> Figures:
        return evaluate(
            spec.architecture,
            outcome.weights,
            split,
            input_layer=input_layer,
            loss=spec.loss,
            top_k=spec.top_k,
            device=device,
        )

    test = measure(division.test)
    validation = test if spec.data.validation == "test" else measure(division.validation)
    return measure(division.train.spread(_FITTED_IMAGES)), validation, test


def _predictions(
    spec: RunSpec, outcome: Outcome, division: Division, input_layer: Rescaling | Normalization, device: DeviceName
) -> Predictions:
    """Probabilities for the test images, and for the validation images where those are others."""
    from classlab.training import predict

    def probabilities(split: Split) -> NDArray[np.float32]:
        return predict(
            spec.architecture,
            outcome.weights,
            split.images,
            input_layer=input_layer,
            device=device,
            from_logits=spec.loss.from_logits,
        )

    own = None if spec.data.validation == "test" else division.validation
    return Predictions(
        probabilities=probabilities(division.test),
        labels=division.test.labels,
        validation_probabilities=None if own is None else probabilities(own),
        validation_labels=None if own is None else own.labels,
    )


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
