"""A serialised Keras model into an architecture, where the engine knows all its layers; works on JSON alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.models.keras_layers import Unsupported, translate_layer
from classlab.models.keras_seeds import seeds_note
from classlab.models.keras_walk import Walk
from classlab.models.weights import layer_shapes
from classlab.records.architecture import IMAGES, Architecture, ImageShape
from classlab.records.layers import (
    Activation,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    Normalization,
    ReLU,
    Rescaling,
    Reshape,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.models.keras_walk import Path
    from classlab.models.keras_words import Config
    from classlab.models.shapes import Shape

    Statistics = Callable[[Path], tuple[tuple[float, ...], tuple[float, ...]] | None]


@dataclass(frozen=True, kw_only=True)
class Translation:
    """A model that the engine can train.

    Args:
        architecture: its layers as records.
        paths: for each layer of the architecture the Keras layer behind it, or None where there is none.
        notes: what was read differently from how Keras would, each a sentence.
    """

    architecture: Architecture
    paths: tuple[Path | None, ...]
    notes: tuple[str, ...]


def translate_model(
    config: Config, *, shape: tuple[int, ...], image_shape: ImageShape, statistics: Statistics
) -> Translation:
    """Turns a serialised Sequential or functional model into an architecture.

    Args:
        config: the model's JSON.
        shape: of one image as the model's Input takes it: `(height, width, channels)`, `(height, width)` for grey
            images without a channel axis, or `(pixels,)`.
        image_shape: `(height, width, channels)` of the same image.
        statistics: mean and variance of an adapted Normalization layer by its path, or None.

    Raises:
        Unsupported: a layer or a connection is outside the records' vocabulary.
    """
    translator = _Translator(image_shape=image_shape, statistics=statistics)
    end = Walk(translator).through(config, _Value(source=IMAGES, shape=shape, untouched=True))
    if end.source == IMAGES:
        raise Unsupported("it has no layers that the engine trains")
    translator.settled(end)
    name = str(config["config"].get("name", "model"))
    return Translation(
        architecture=translator.architecture(name),
        paths=tuple(translator.paths),
        notes=seeds_note(translator.entries),
    )


@dataclass(frozen=True, kw_only=True)
class _Value:
    """What a call gives.

    Args:
        source: position of the record whose values they are.
        shape: of one image's part, as Keras has it; it lacks axes as long as Keras's values do.
        untouched: whether the values still stand where the pixels stood.
    """

    source: int
    shape: Shape
    untouched: bool = False


class _Translator:
    """Makes a record of every layer that is called."""

    def __init__(self, *, image_shape: ImageShape, statistics: Statistics) -> None:
        self.paths: list[Path | None] = []
        self.entries: list[Config] = []
        self._layers: list[Layer] = []
        self._inputs: list[tuple[int, ...]] = []
        self._image_shape = image_shape
        self._statistics = statistics

    def shape(self, value: _Value) -> Shape:
        return value.shape

    def opens(self, config: Config) -> None:
        if config.get("trainable", True) is not True:
            raise Unsupported(f"its model {config.get('name')!r} is frozen (trainable=False)")

    def frame(self, entry: Config, entering: list[_Value]) -> None:
        """Models and Inputs leave no record."""

    def call(self, entry: Config, path: Path, entering: list[_Value], *, again: bool) -> _Value:
        self.entries.append(entry)
        shapes = [value.shape for value in entering]
        layers = translate_layer(self._with_statistics(entry, path), shapes)
        for place, layer in enumerate(layers):
            entering = [self._behind(layer, entering, path if place == 0 else None, again=again)]
        return entering[0]

    def settled(self, value: _Value) -> _Value:
        """The same values with the axes that Keras has, which images without a channel axis lack in a record."""
        if not value.untouched or len(value.shape) == 3:
            return replace(value, untouched=False)
        layer = Flatten() if len(value.shape) == 1 else Reshape(target_shape=value.shape)
        return self._append(layer, [value], value.shape, None)

    def architecture(self, name: str) -> Architecture:
        """All layers so far, the last of which gives the scores."""
        read = {source for sources in self._inputs for source in sources}
        unread = next((place for place in range(len(self._layers) - 1) if place not in read), None)
        if unread is not None:
            raise Unsupported(f"its layer {(self.paths[unread] or '?')[-1]!r} does not lead to its output")
        return Architecture(
            name=name, input_shape=self._image_shape, layers=tuple(self._layers), inputs=tuple(self._inputs)
        )

    def _behind(self, layer: Layer, entering: list[_Value], path: Path | None, *, again: bool) -> _Value:
        label = f"layer {(path or ('?',))[-1]!r} ({layer.kind})"
        first = entering[0]
        if isinstance(layer, Reshape) and first.untouched and layer.target_shape in self._same_pixels():
            return replace(first, shape=layer.target_shape)
        passes = first.untouched and _elementwise(layer) and (len(first.shape) == 3 or not _by_channel(layer))
        if not passes and not isinstance(layer, Flatten | Reshape):
            entering = [self.settled(value) for value in entering]
        try:
            after, weights = layer_shapes(layer, [value.shape for value in entering], label=label)
        except SpecError as problem:
            raise Unsupported(f"its layers cannot follow one another ({problem})") from None
        if again and weights:
            raise Unsupported(f"its {label} is called more than once")
        found = self._append(layer, entering, after, path)
        return replace(found, untouched=passes)

    def _append(self, layer: Layer, entering: list[_Value], shape: Shape, path: Path | None) -> _Value:
        self._layers.append(layer)
        self._inputs.append(tuple(value.source for value in entering))
        self.paths.append(path)
        return _Value(source=len(self._layers) - 1, shape=shape)

    def _same_pixels(self) -> list[Shape]:
        """Shapes in which an image's values stand in the same order."""
        height, width, channels = self._image_shape
        return [self._image_shape, (prod(self._image_shape),), *([(height, width)] if channels == 1 else [])]

    def _with_statistics(self, entry: Config, path: Path) -> Config:
        """Completes an adapted Normalization layer, which keeps mean and variance among the weights."""
        config = entry.get("config") or {}
        if entry.get("class_name") != "Normalization" or config.get("mean") is not None:
            return entry
        found = self._statistics(path)
        if found is None:
            raise Unsupported(f"its layer {path[-1]!r} (Normalization) has not been adapted")
        return {**entry, "config": {**config, "mean": list(found[0]), "variance": list(found[1])}}


def _elementwise(layer: Layer) -> bool:
    return isinstance(layer, Rescaling | Normalization | Dropout | Activation | ReLU | LeakyReLU)


def _by_channel(layer: Layer) -> bool:
    """Whether what an elementwise layer does depends on the last axis."""
    if isinstance(layer, Normalization):
        return len(layer.mean) > 1
    return isinstance(layer, Activation) and layer.activation == "softmax"
