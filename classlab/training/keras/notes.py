"""What the general path notes for the doctor: the splits, and the model's answers before the first step."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.records.diagnostics import Diagnostics, Probe
from classlab.records.layers import Normalization, Rescaling
from classlab.training.loop.probe import probe_size
from classlab.training.loop.scaling import scaled
from classlab.training.loop.split_notes import division_notes, probe_split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division
    from classlab.records.architecture import KerasArchitecture
    from classlab.training.keras.model import GeneralModel

# Layers that leave an image's numbers as they are.
_PASSING = ("InputLayer", "Flatten", "Reshape")


def general_notes(
    division: Division, architecture: KerasArchitecture, *, input_layer: Rescaling | Normalization, classes: int
) -> Diagnostics:
    """What holds for every run.

    Args:
        division: the images.
        architecture: the Keras model, whose own scaling counts.
        input_layer: preprocessing.
        classes: width of the model's output.
    """
    scalings = leading_scalings(architecture.config)

    def enter(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = scaled(images, input_layer)
        for layer in scalings or ():
            values = scaled(values, layer)
        return values

    return division_notes(division, None if scalings is None else enter, classes=classes)


def first_probe(model: GeneralModel, division: Division) -> Probe | None:
    """Loss and accuracy on the probe images before the first step; None where the loss is not finite."""
    split = probe_split(division.train, most=probe_size(len(division.train)))
    scores, loss = model.answers(split)
    if not isfinite(loss):
        return None
    named, classes = scores.argmax(1), scores.shape[1]
    hits = named == split.labels
    return Probe(
        epoch=0,
        images=len(split),
        loss=loss,
        accuracy=float(hits.mean()),
        penalty=0.0,
        predicted=tuple(np.bincount(named, minlength=classes).tolist()),
        layers=(),
        present=tuple(np.bincount(split.labels, minlength=classes).tolist()),
        right=tuple(np.bincount(split.labels[hits], minlength=classes).tolist()),
    )


def leading_scalings(config: Mapping[str, Any]) -> tuple[Rescaling | Normalization, ...] | None:
    """The model's own scalings before any other layer; None where one cannot be read off the settings."""
    found: list[Rescaling | Normalization] = []
    for kind, settings in _layers(config):
        if kind in _PASSING:
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


def _layers(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Layers of a serialised model in order, models within the model opened."""
    for layer in config.get("config", {}).get("layers", ()):
        if "layers" in layer.get("config", {}):
            yield from _layers(layer)
        else:
            yield layer.get("class_name", ""), layer.get("config", {})
