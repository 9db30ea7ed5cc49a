"""What follows from a serialised Keras model: the shape of every value and of every weight; works on JSON alone.

Before Keras may open a file, all of it must follow from its Input by rules that are known here. Some networks pass that
the engine does not train, such as one with a layer that is called twice: Keras trains them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.models.keras_general import general_shapes
from classlab.models.keras_layers import OPERATIONS, Unsupported, plain_options, translate_layer
from classlab.models.keras_walk import Walk
from classlab.models.weights import layer_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.models.keras_walk import Path
    from classlab.models.keras_words import Config
    from classlab.models.shapes import Shape

# What joins values, here also in ways that the records do not have: layers, and what operators make of symbolic values.
_OPERATORS = ("Add", "Subtract", "Multiply", "Maximum", "Minimum", "Concatenate")
_JOINS = [("keras.layers", kind) for kind in (*_OPERATORS, "Average")] + [(OPERATIONS, kind) for kind in _OPERATORS]


@dataclass(kw_only=True, eq=False)
class Graph:
    """What follows from a serialised model.

    Args:
        frame_of: checks what surrounds a layer's options; called with the layer's entry and the shapes that enter it.
        weights: shapes of its arrays, each as often as it comes.
        largest: number of values that one image becomes at most.
    """

    frame_of: Callable[..., None]
    weights: Counter[Shape] = field(default_factory=Counter)
    largest: int = 0

    def follow(self, model: Config, shape: Shape) -> Shape:
        """Follows one image through a Sequential or functional model.

        Args:
            model: the serialised model.
            shape: of one image's values as they enter it.

        Returns:
            Shape of one image's values as they leave it.

        Raises:
            Unsupported: a layer or a connection has no rule here.
        """
        return Walk(self).through(model, shape)

    def shape(self, value: Shape) -> Shape:
        """A value is its shape."""
        return value

    def opens(self, config: Config) -> None:
        """Frozen or not, a model computes alike."""

    def frame(self, entry: Config, entering: list[Shape]) -> None:
        """Checks what surrounds a layer's options."""
        self.frame_of(entry, *entering)

    def call(self, entry: Config, path: Path, entering: list[Shape], *, again: bool) -> Shape:
        """What one layer makes of values; its weights are counted once, however often it is called."""
        entry = _thawed(entry)
        if (entry.get("module"), entry.get("class_name")) in _JOINS:
            shape = _joined(entry, entering)
        elif len(entering) == 1 and (general := general_shapes(entry, entering[0], self.frame_of)) is not None:
            shape, weights = general
            self.weights.update([] if again else weights)
        else:
            shape = self._known(entry, entering, path[-1], again=again)
        self.largest = max(self.largest, prod(shape))
        return shape

    def _known(self, entry: Config, entering: list[Shape], name: str, *, again: bool) -> Shape:
        """Output shape of a layer that the engine knows; its weights are counted."""
        config, shapes = entry["config"], entering
        found: list[Shape] = []
        if entry.get("class_name") == "Normalization" and config.get("mean") is None:
            found += _statistics_shapes(config, entering[0])
            entry = {**entry, "config": {**config, "mean": [0.0], "variance": [1.0]}}
        for layer in translate_layer(entry, entering):
            try:
                after, weights = layer_shapes(layer, shapes, label=f"layer {name!r} ({layer.kind})")
            except SpecError as problem:
                raise Unsupported(f"its layers cannot follow one another ({problem})") from None
            found += weights
            shapes = [after]
        if not again:
            self.weights.update(found)
        return shapes[0]


def _thawed(entry: Config) -> Config:
    """The layer as if it were trained: frozen or not, it computes alike."""
    config = entry["config"]
    return {**entry, "config": {**config, "trainable": True}} if config.get("trainable") is False else entry


def _joined(entry: Config, entering: list[Shape]) -> Shape:
    """Shape of joined values: they must agree, but for the joined axis, or for lengths of 1 that are repeated."""
    label, options = plain_options(entry)
    axis = options.pop("axis", -1) if entry["class_name"] == "Concatenate" else None
    rank = len(entering[0])
    if options or len(entering) < 2 or any(len(shape) != rank for shape in entering):
        raise Unsupported(f"its {label} joins values of {', '.join(map(str, entering))} in a way that has no rule")
    if axis is None:
        lengths = [set(each) - {1} for each in zip(*entering, strict=True)]
        if any(len(each) > 1 for each in lengths):
            raise Unsupported(f"its {label} joins values of {', '.join(map(str, entering))}")
        return tuple(next(iter(each), 1) for each in lengths)
    if not isinstance(axis, int) or isinstance(axis, bool) or not (axis == -1 or 1 <= axis <= rank):
        raise Unsupported(f"its {label} has axis={axis!r}")
    place = rank - 1 if axis == -1 else axis - 1  # Keras counts the axis of the images as 0
    others = {(*shape[:place], *shape[place + 1 :]) for shape in entering}
    if len(others) > 1:
        raise Unsupported(f"its {label} joins values of {', '.join(map(str, entering))}")
    return (*entering[0][:place], sum(shape[place] for shape in entering), *entering[0][place + 1 :])


def _statistics_shapes(config: Config, entering: Shape) -> list[Shape]:
    """Arrays of an adapted Normalization layer: mean, variance, and a count that Keras no longer uses.

    Args:
        config: its options.
        entering: shape of one image's values that enter it.
    """
    kept = () if config.get("axis") == [] else entering[-1:]
    return [kept, kept, ()]
