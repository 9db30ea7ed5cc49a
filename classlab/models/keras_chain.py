"""A serialised Keras model into an architecture, where its layers form a plain chain; works on JSON alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_layers import Unsupported, float32, plain_options, translate_layer
from classlab.models.keras_seeds import seeds_note
from classlab.models.weights import output_shapes
from classlab.records.architecture import Architecture, ImageShape
from classlab.records.layers import (
    Activation,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    Normalization,
    ReLU,
    Rescaling,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.models.keras_words import Config

    Statistics = Callable[[tuple[str, ...]], tuple[tuple[float, ...], tuple[float, ...]] | None]

_SEQUENTIAL = {("keras", "Sequential"), ("keras.models", "Sequential")}
_FUNCTIONAL = {
    ("keras.src.models.functional", "Functional"),
    ("keras.models", "Functional"),
    ("keras", "Functional"),
    ("keras.models", "Model"),
    ("keras", "Model"),
}


class Branching(Unsupported):
    """The layers do not form a plain chain; whatever else is said of the model, this is why it is none."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One layer of a model, models within the model opened.

    Args:
        path: names of the models around it, then its own, outermost first.
        entry: its serialised form.
        frame: it only holds or announces layers: an InputLayer, or a model within the model.
    """

    path: tuple[str, ...]
    entry: Config
    frame: bool = False


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A model that the engine can train.

    Args:
        architecture: its layers as records.
        paths: for each layer of the architecture the Keras layer behind it, or None where there is none.
        entering: every part of the Keras model in order, with the shape of one image's values that enter it.
        notes: what was read differently from how Keras would, each a sentence.
    """

    architecture: Architecture
    paths: tuple[tuple[str, ...] | None, ...]
    entering: tuple[tuple[Leaf, tuple[int, ...]], ...]
    notes: tuple[str, ...]


def translate_model(
    config: Config, *, shape: tuple[int, ...], image_shape: ImageShape, statistics: Statistics
) -> Chain:
    """Turns a serialised Sequential or functional model into an architecture.

    Args:
        config: the model's JSON.
        shape: of one image as the model's Input takes it: `(height, width, channels)`, `(height, width)` for grey
            images without a channel axis, or `(pixels,)`.
        image_shape: `(height, width, channels)` of the same image.
        statistics: mean and variance of an adapted Normalization layer by its path, or None.

    Raises:
        Unsupported: the layers form no plain chain, or one is outside the records' vocabulary.
    """
    leaves = tuple(_leaves(config, ()))
    state = _State(shape=shape, image_shape=image_shape)
    for leaf in leaves:
        state.add(leaf, statistics)
    entering = tuple(zip(leaves, state.entering, strict=True))
    if not state.layers:
        raise Unsupported("it has no layers that the engine trains")
    name = str(config["config"].get("name", "model"))
    architecture = Architecture(name=name, input_shape=image_shape, layers=tuple(state.layers))
    return Chain(
        architecture=architecture,
        paths=tuple(state.paths),
        entering=entering,
        notes=seeds_note(leaf.entry for leaf in leaves if not leaf.frame),
    )


class _State:
    """Where the walk along the chain stands; `shape` lacks axes as long as Keras's values do."""

    def __init__(self, *, shape: tuple[int, ...], image_shape: ImageShape) -> None:
        self.layers: list[Layer] = []
        self.paths: list[tuple[str, ...] | None] = []
        self.entering: list[tuple[int, ...]] = []
        self.shape = shape
        self.image_shape = image_shape
        self.untouched = True  # the values still stand where the pixels stood

    def add(self, leaf: Leaf, statistics: Statistics) -> None:
        self.entering.append(self.shape)
        if leaf.frame:
            return
        if leaf.entry.get("class_name") == "Reshape":
            self._reshape(leaf)
            return
        layer = translate_layer(_with_statistics(leaf, statistics), rank=len(self.shape))
        if self.untouched:
            self._enter(layer, leaf)
        self._append(layer, leaf.path)
        if not self.untouched:
            self.shape = self._shape_now()

    def _append(self, layer: Layer, path: tuple[str, ...] | None) -> None:
        self.layers.append(layer)
        self.paths.append(path)

    def _shape_now(self) -> tuple[int, ...]:
        architecture = Architecture(name="it", input_shape=self.image_shape, layers=tuple(self.layers))
        try:
            return output_shapes(architecture)[-1]
        except SpecError as problem:
            raise Unsupported(f"its layers cannot follow one another ({problem})") from None

    def _enter(self, layer: Layer, leaf: Leaf) -> None:
        """Lets a layer pass that treats each value alone; before any other the missing axes must be accounted for."""
        if _elementwise(layer) and (len(self.shape) == 3 or not _by_channel(layer)):
            return
        if len(self.shape) == 2 and not isinstance(layer, Flatten):
            raise Unsupported(
                f"its layer {leaf.path[-1]!r} ({layer.kind}) works on images without a channel axis, {self.shape}"
            )
        if len(self.shape) == 1 and not isinstance(layer, Flatten):
            self._append(Flatten(), None)
        self.untouched = False

    def _reshape(self, leaf: Leaf) -> None:
        label, options = plain_options(leaf.entry)
        target = filled(tuple(options.pop("target_shape", ())), prod(self.image_shape))
        if options:
            raise Unsupported(f"its {label} has the option {next(iter(options))}")
        height, width, channels = self.image_shape
        same_pixels = [self.image_shape, (prod(self.image_shape),), *([(height, width)] if channels == 1 else [])]
        if not self.untouched or target not in same_pixels:
            raise Unsupported(f"its {label} rearranges values to {target}")
        self.shape = target


def _elementwise(layer: Layer) -> bool:
    return isinstance(layer, Rescaling | Normalization | Dropout | Activation | ReLU | LeakyReLU)


def _by_channel(layer: Layer) -> bool:
    """Whether what an elementwise layer does depends on the last axis."""
    if isinstance(layer, Normalization):
        return len(layer.mean) > 1
    return isinstance(layer, Activation) and layer.activation == "softmax"


def filled(target: tuple[Any, ...], size: int) -> tuple[Any, ...]:
    """Resolves the one -1 of a target shape.

    Args:
        target: as a Reshape layer has it.
        size: number of values that it holds.
    """
    known = [length for length in target if isinstance(length, int) and length > 0]
    if len(known) != len(target) - 1 or -1 not in target:
        return target
    return tuple(size // prod(known) if length == -1 else length for length in target)


def _with_statistics(leaf: Leaf, statistics: Statistics) -> Config:
    """Completes an adapted Normalization layer, which keeps mean and variance among the weights."""
    config = leaf.entry.get("config") or {}
    if leaf.entry.get("class_name") != "Normalization" or config.get("mean") is not None:
        return leaf.entry
    found = statistics(leaf.path)
    if found is None:
        raise Unsupported(f"its layer {leaf.path[-1]!r} (Normalization) has not been adapted")
    return {**leaf.entry, "config": {**config, "mean": list(found[0]), "variance": list(found[1])}}


def check_model(model: Config) -> Config:
    """The options of a serialised model.

    Raises:
        Unsupported: it is neither Sequential nor functional, or does not compute in float32.
    """
    config = model.get("config") or {}
    if not is_functional(model) and (model.get("module"), model.get("class_name")) not in _SEQUENTIAL:
        raise Unsupported(f"it is a {model.get('class_name')} and not a Sequential or functional model")
    if not float32(config.get("dtype", "float32")):
        raise Unsupported(f"its model {config.get('name')!r} does not compute in float32")
    return dict(config)


def is_functional(entry: Config) -> bool:
    """Whether a layer or model is a functional model, by any of the names that versions of Keras have written."""
    return (entry.get("module"), entry.get("class_name")) in _FUNCTIONAL


def _leaves(model: Config, path: tuple[str, ...]) -> list[Leaf]:
    config = check_model(model)
    if config.get("trainable", True) is not True:
        raise Unsupported(f"its model {config.get('name')!r} is frozen (trainable=False)")
    if is_functional(model):
        _check_chain(config)
    found: list[Leaf] = []
    for entry in config.get("layers") or ():
        place = (*path, str((entry.get("config") or {}).get("name")))
        inner = "layers" in (entry.get("config") or {})
        found.append(Leaf(path=place, entry=entry, frame=inner or entry.get("class_name") == "InputLayer"))
        if inner:
            found += _leaves(entry, place)
    return found


def _check_chain(config: Config) -> None:
    """A functional model is a chain when every layer is called once, on the layer before it."""
    broken = Branching("its layers do not form a plain chain")
    before = None
    for position, layer in enumerate(config.get("layers") or ()):
        calls = layer.get("inbound_nodes") or []
        if position == 0:
            if calls or layer.get("class_name") != "InputLayer":
                raise broken
        elif [_source(call, broken) for call in calls] != [before]:
            raise broken
        before = layer.get("name")
    for end, name in (("input_layers", config["layers"][0].get("name")), ("output_layers", before)):
        if config.get(end) not in ([name, 0, 0], [[name, 0, 0]]):
            raise broken


def _source(call: Config, broken: Unsupported) -> str:
    """Name of the layer whose output a call takes."""
    arguments = call.get("args") if isinstance(call, dict) else None
    if not isinstance(arguments, list) or len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise broken
    if any(value is not None and value is not False for value in (call.get("kwargs") or {}).values()):
        raise broken
    if set(call) != {"args", "kwargs"} or arguments[0].get("class_name") != "__keras_tensor__":
        raise broken
    name, node, tensor = (arguments[0].get("config") or {}).get("keras_history") or ("", -1, -1)
    if (node, tensor) != (0, 0):
        raise broken
    return str(name)


def input_shape(config: Config) -> tuple[int, ...] | None:
    """Shape of one image as the model's first Input takes it, or None where the model has no single Input."""
    layers = (config.get("config") or {}).get("layers") or ()
    first = layers[0] if layers else {}
    if "layers" in (first.get("config") or {}):
        return input_shape(first)
    shape = (first.get("config") or {}).get("batch_shape") if first.get("class_name") == "InputLayer" else None
    if not isinstance(shape, list) or not all(isinstance(n, int) and n > 0 for n in shape[1:]):
        return None
    return tuple(shape[1:])


def first_reshape(config: Config) -> ImageShape | None:
    """The image shape that a first Reshape layer gives to a flat row of pixels, if there is one."""
    try:
        leaves = _leaves(config, ())
    except Unsupported:
        return None
    entry = next((leaf.entry for leaf in leaves if not leaf.frame), {})
    target = (entry.get("config") or {}).get("target_shape") or () if entry.get("class_name") == "Reshape" else ()
    if len(target) not in (2, 3) or any(not isinstance(n, int) or n < 1 for n in target):
        return None
    height, width, channels = (*target, 1) if len(target) == 2 else target
    return (height, width, channels)
