"""What the first layer with weights of a Keras model meets: the images after every layer that stands before it.

Batch normalization has weights too: what it makes of an image changes while it trains, so splits that pass it at
different moments could not be compared behind it.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor.keras_data import class_numbers, finite
from classlab.measures import splits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from classlab.measures.keras_probe import HandedSplit
    from classlab.records.diagnostics import SplitFacts

    Entrance: TypeAlias = Callable[[NDArray[np.generic]], NDArray[np.generic]]


def entrance(model: Any) -> Entrance | None:
    """A function from images to what the first layer with weights meets.

    Args:
        model: a built `keras.Model`.

    Returns:
        The function; None where the model has no graph of layers, or more than one input.
    """
    import keras

    first = next((place for place, layer in enumerate(model.layers) if _learns(layer)), None)
    if isinstance(model, keras.Sequential):
        before = _in_turn(model.layers[:first])
    else:
        reached = _reached(model, None if first is None else model.layers[first])
        if reached is None:
            return None
        before = reached
    if first is None or not getattr(model.layers[first], "layers", None):
        return before
    inside = entrance(model.layers[first])
    return None if inside is None else lambda images: inside(before(images))


def _in_turn(layers: Sequence[Any]) -> Entrance:
    """Calls layers one after the other, as a Sequential model does."""
    import keras

    def met(images: NDArray[np.generic]) -> NDArray[np.generic]:
        values: Any = images
        for layer in layers:
            values = layer(values, training=False) if _knows_training(layer) else layer(values)
        return values if values is images else np.asarray(keras.ops.convert_to_numpy(values))

    return met


def _reached(model: Any, layer: Any) -> Entrance | None:
    """What reaches a layer of a model with a graph; the images themselves for no layer."""
    import keras

    inputs = getattr(model, "inputs", None)
    if not inputs or len(inputs) != 1:
        return None
    try:
        given = inputs[0] if layer is None else layer.input
        if given is inputs[0]:
            return lambda images: images
        before = keras.Model(inputs[0], given, name="doctor_entrance")
    except (AttributeError, ValueError):  # several inputs, or a layer that also stands in another model
        return None
    return lambda images: np.asarray(keras.ops.convert_to_numpy(before(images, training=False)))


def split_facts(split: HandedSplit, met: Entrance | None, *, classes: int) -> SplitFacts:
    """A split as the first layer with weights meets it; no mean where an image holds a value that is no number.

    Args:
        split: images and labels as they were handed over.
        met: what turns images into what the layer meets; None for the images as they are.
        classes: how many classes there are.
    """
    enter = met or (lambda images: images)
    facts = splits.split_facts(split.images, class_numbers(split.labels), enter=enter, classes=classes)
    return facts if finite(split) else replace(facts, mean=nan, deviation=nan)


def _knows_training(layer: Any) -> bool:
    """Whether a layer tells training from evaluation, as augmentation and dropout do."""
    return "training" in inspect.signature(layer.call).parameters


def _learns(layer: Any) -> bool:
    """Whether a layer has weights that training changes; those that scale by fixed statistics do not."""
    inner = getattr(layer, "layers", None)
    if inner:
        return any(_learns(each) for each in inner)
    kind = type(layer).__name__
    if kind == "BatchNormalization":
        return True
    if kind.endswith("Normalization"):
        return False
    return any(len(weight.shape) >= 2 for weight in layer.weights)
