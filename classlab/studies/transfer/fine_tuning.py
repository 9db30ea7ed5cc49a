"""The second stage of a training on a backbone: its last layers go on learning with the head, on the pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.files.tensor_file import digest
from classlab.records import Architecture, RunSpec
from classlab.records.optimizers import Adam
from classlab.records.schedules import Constant
from classlab.studies.transfer.kept import kept_backbone
from classlab.studies.transfer.whole import BACKBONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.dataset import Division
    from classlab.models.backbones.tunable import Tunable
    from classlab.options.words import DeviceName
    from classlab.records.backbone import FineTuning
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training import Outcome

_REASON = "its last layers learn while the others rest"


def fine_tuned(
    specs: Sequence[RunSpec],
    outcomes: Sequence[Outcome],
    division: Division,
    scaling: Rescaling | Normalization,
    *,
    device: DeviceName,
) -> list[Outcome]:
    """Trains the runs on that ask for it, one after the other, each from its own trained head.

    Curves and what the doctor reads stay those of the head; weights and all figures after the training are those of
    the fine-tuned network, and a note says what the stage did to the losses.

    Args:
        specs: runs of one population.
        outcomes: their heads, trained.
        division: training, validation and test images.
        scaling: their preprocessing.
        device: where to compute.

    Returns:
        The outcomes; those of runs that are not fine-tuned, or whose head has no good weights, as they are.

    Raises:
        SpecError: the network has not so many layers.
        MissingExtraError: Keras is not installed.
        KeyboardInterrupt: somebody asked to stop.
    """
    return [
        outcome
        if spec.fine_tuning is None or not outcome.weights or not outcome.epochs_done
        else _tuned(spec, spec.fine_tuning, outcome, division, scaling, device=device)
        for spec, outcome in zip(specs, outcomes, strict=True)
    ]


def _tuned(
    spec: RunSpec,
    stage: FineTuning,
    head: Outcome,
    division: Division,
    scaling: Rescaling | Normalization,
    *,
    device: DeviceName,
) -> Outcome:
    from classlab.models import from_keras
    from classlab.models.backbones.tunable import tunable
    from classlab.training import train_population

    backbone, layers = spec.data.backbone, spec.architecture
    assert backbone is not None and isinstance(layers, Architecture)  # noqa: S101, PT018 - as `check_fit` has seen to
    made = tunable(kept_backbone(backbone), layers, head.weights, layers=stage.layers)
    found = from_keras(made.model, through_keras=_REASON)
    second = replace(
        spec,
        data=replace(spec.data, backbone=None),
        architecture=found.architecture,
        optimizer=Adam(learning_rate=stage.learning_rate),
        schedule=Constant(),
        epochs=stage.epochs,
        precision="float32",
        initial_weights=digest(found.weights),
        fine_tuning=None,
    )
    (outcome,) = train_population(
        [second], division, input_layer=scaling, initial_weights=[found.weights], diagnostics=False, device=device
    )
    if outcome.state == "interrupted":
        raise KeyboardInterrupt
    return replace(
        head,
        state=outcome.state if outcome.state in ("diverged", "failed") else head.state,
        reason=outcome.reason if outcome.state in ("diverged", "failed") else head.reason,
        weights=_stored(made, outcome.weights),
        seconds=head.seconds + outcome.seconds,
        notes=(*head.notes, *outcome.notes, _said(stage, outcome)),
    )


def _stored(made: Tunable, weights: dict[str, Any]) -> dict[str, Any]:
    """Weights under the names that a run has for them; of the backbone those alone that could move."""
    moving = {id(weight) for weight in made.model.trainable_weights}
    return {
        f"{BACKBONE if of_backbone else ''}{key}": weights[str(place)]
        for place, ((of_backbone, key), weight) in enumerate(zip(made.names, made.model.weights, strict=True))
        if weights and (not of_backbone or id(weight) in moving)
    }


def _said(stage: FineTuning, outcome: Outcome) -> str:
    """What the second stage was, and what it did to the losses, as a sentence."""
    layer = "layer" if stage.layers == 1 else f"{stage.layers} layers"
    epochs = "1 epoch" if outcome.epochs_done == 1 else f"{outcome.epochs_done} epochs"
    did = f"Once the head was trained, the last {layer} with weights went on learning for {epochs} at a rate of"
    losses = outcome.history.get("val_loss", ())
    if not losses:
        return f"{did} {stage.learning_rate:g}."
    way = f"{losses[0]:.4g}" if len(losses) == 1 else f"{losses[0]:.4g} after the first and {losses[-1]:.4g} in the end"
    return f"{did} {stage.learning_rate:g}; the validation loss was {way}."
