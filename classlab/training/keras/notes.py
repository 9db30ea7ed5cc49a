"""Notes of a Keras model for the doctor: the splits, and the model on the probe images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.measures.keras_layers import keras_layers
from classlab.measures.keras_probe import HandedSplit, KerasProbe
from classlab.measures.keras_probe import keras_probe as opened_probe
from classlab.measures.network import Sums, for_record
from classlab.models.preprocessing import PASSING
from classlab.records.layers import Normalization, Rescaling
from classlab.training.keras.model import keras_loss
from classlab.training.loop.scaling import scaled
from classlab.training.loop.split_notes import division_notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.diagnostics import Diagnostics, Probe
    from classlab.records.run import RunSpec


def keras_notes(
    division: Division, architecture: KerasArchitecture, *, input_layer: Rescaling | Normalization, classes: int
) -> Diagnostics:
    """What holds for every run.

    Args:
        division: the images.
        architecture: the Keras model, whose own scaling counts.
        input_layer: preprocessing.
        classes: width of the model's output.
    """
    scalings = leading_scalings(architecture)

    def enter(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = scaled(images, input_layer)
        for layer in scalings or ():
            values = scaled(values, layer)
        return values

    return division_notes(division, None if scalings is None else enter, classes=classes)


def keras_probe(scores: NDArray[np.float32], loss: float, images: Split, *, penalty: float, epoch: int) -> Probe | None:
    """Loss, accuracy and answers on the probe images, without the layers; None where the loss is not finite.

    Args:
        scores: `(images, classes)`.
        loss: mean over the images, penalties left out.
        images: the probe images.
        penalty: what regularizers add.
        epoch: epochs done.
    """
    present = np.bincount(images.labels, minlength=scores.shape[1]).tolist()
    sums = Sums({}, present, members=1, like=scores)
    sums.answer(slice(0, 1), scores.argmax(1)[None], images.labels, np.full((1, len(images)), loss))
    (probe,) = sums.probes([], [penalty], epoch=epoch)
    return for_record(probe)


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """See `classlab.measures.keras_probe.Compiled`."""

    loss_function: Any
    from_logits: bool
    width: int | None


def layered_probe(
    model: Any, run: RunSpec, images: Split, targets: NDArray[Any], *, input_layer: Rescaling | Normalization
) -> KerasProbe | None:
    """The measure of a Keras model's layers that the callback has; None where they do not stand in the model itself.

    Args:
        model: the user's model, without the preprocessing in front.
        run: what was asked for.
        images: the probe images.
        targets: their labels as the loss takes them.
        input_layer: preprocessing.
    """
    places = {config.get("name"): place for place, (_, config) in enumerate(run.architecture.described())}  # type: ignore[union-attr]  # a Keras architecture, or this path is not taken
    found = [replace(each, position=places[each.name]) for each in keras_layers(model) if each.name in places]
    if len(model.layers) != len(found):  # models within the model: from outside their values cannot be read
        return None
    width = int(model.output_shape[-1])
    split = HandedSplit(images=scaled(images.images, input_layer).reshape(-1, *model.input_shape[1:]), labels=targets)
    compiled = Compiled(loss_function=keras_loss(run.loss), from_logits=run.loss.from_logits, width=width)
    probe = opened_probe(model, found, compiled, split=split, numbers=images.labels, classes=width)
    return probe if probe.read else None


def leading_scalings(architecture: KerasArchitecture) -> tuple[Rescaling | Normalization, ...] | None:
    """The model's own scalings before any other layer; None where one cannot be read off the settings."""
    found: list[Rescaling | Normalization] = []
    for kind, settings in architecture.described():
        if kind in PASSING:
            continue
        if kind not in ("Rescaling", "Normalization"):
            break
        scaling = _scaling(kind, settings)
        if scaling is None:
            return None
        found.append(scaling)
    return tuple(found)


def _scaling(kind: str, settings: Mapping[str, Any]) -> Rescaling | Normalization | None:
    if kind == "Rescaling":
        scale, offset = settings.get("scale"), settings.get("offset", 0.0)
        plain = isinstance(scale, int | float) and isinstance(offset, int | float)
        return Rescaling(scale=scale, offset=offset) if plain else None  # type: ignore[arg-type]  # checked above
    mean, variance = settings.get("mean"), settings.get("variance")
    if mean is None or variance is None:  # adapted: its statistics are among the weights
        return None
    means, variances = np.ravel(np.asarray(mean, float)), np.ravel(np.asarray(variance, float))
    if settings.get("invert") or means.shape != variances.shape:
        return None
    return Normalization(mean=tuple(means.tolist()), variance=tuple(variances.tolist()))
