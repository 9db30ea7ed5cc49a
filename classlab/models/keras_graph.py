"""A serialised Keras model whose layers branch and join, checked layer by layer; works on JSON alone.

The engine does not train such a model, Keras does. Before Keras may open a file with one, the shape of every value and
every weight in it must follow from its Input by rules that are known here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_chain import check_model, filled, is_functional
from classlab.models.keras_layers import Unsupported, plain_options, translate_layer
from classlab.models.weights import layer_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.models.keras_words import Config

    Shape = tuple[int, ...]
    Frame = Callable[..., None]

# Layers that join values of one shape, and what Python's operators make of symbolic values.
_JOINING = {("keras.layers", kind) for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")}
_OPERATORS = {("keras.src.ops.numpy", kind) for kind in ("Add", "Subtract", "Multiply")}


@dataclass(kw_only=True, eq=False)
class Graph:
    """What follows from a serialised model.

    Args:
        frame: checks what surrounds a layer's options; called with the layer's entry and the shapes that enter it.
        weights: shapes of its arrays, each as often as it comes.
        largest: number of values that one image becomes at most.
    """

    frame: Frame
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
        config = check_model(model)
        if is_functional(model):
            return self._functional(config, shape)
        for entry in config["layers"]:
            shape = self._layer(entry, [shape], count=True)
        return shape

    def _functional(self, config: Config, shape: Shape) -> Shape:
        values: dict[tuple[str, int], Shape] = {}  # by layer's name and number of its call
        for entry in config["layers"]:
            name, calls = str(entry.get("name")), entry.get("inbound_nodes") or []
            if name != entry["config"].get("name") or (name, 0) in values:
                raise Unsupported(f"its layer {name!r} is named twice")
            if entry.get("class_name") == "InputLayer":
                if calls or values:
                    raise Unsupported("it has several inputs")
                values[name, 0] = self._layer(entry, [shape], count=False)
                continue
            if not calls:
                raise Unsupported(f"its layer {name!r} is connected to nothing")
            entering = [_sources(call, values, name) for call in calls]
            if any(each != entering[0] for each in entering):
                raise Unsupported(f"its layer {name!r} is called on values of several shapes")
            for number in range(len(calls)):
                values[name, number] = self._layer(entry, entering[0], count=number == 0)
        name, node, tensor = _lone(config.get("output_layers"))
        if any(entry.get("name") == name and is_functional(entry) for entry in config["layers"]):
            node -= 1  # where a model ends in a functional one, Keras counts the call that made it as well
        return _value((name, node, tensor), values, "its output")

    def _layer(self, entry: Config, entering: list[Shape], *, count: bool) -> Shape:
        """What one layer makes of values; its weights are counted once, however often it is called."""
        self.frame(entry, *entering)
        config = entry["config"]
        kind = (entry.get("module"), entry.get("class_name"))
        if "layers" in config:
            own = self if count else Graph(frame=self.frame)
            shape = own.follow(entry, _only(entering, entry))
        elif kind == ("keras.layers", "InputLayer"):
            shape = _only(entering, entry)
        elif kind in _JOINING | _OPERATORS or kind == ("keras.layers", "Concatenate"):
            shape = _joined(entry, entering)
        elif kind == ("keras.layers", "Reshape"):
            shape = _reshaped(_thawed(entry), _only(entering, entry))
        else:
            shape, weights = _known(_thawed(entry), _only(entering, entry))
            if count:
                self.weights.update(weights)
        self.largest = max(self.largest, prod(shape))
        return shape


def _sources(call: Any, values: dict[tuple[str, int], Shape], name: str) -> list[Shape]:
    """Shapes of the values that one call of a layer takes."""
    broken = Unsupported(f"its layer {name!r} is called with more than values of other layers")
    if not isinstance(call, dict) or set(call) != {"args", "kwargs"}:
        raise broken
    if any(value is not None and value is not False for value in (call["kwargs"] or {}).values()):
        raise broken
    arguments = call["args"]
    if len(arguments) == 1 and isinstance(arguments[0], list):
        arguments = arguments[0]
    found = []
    for argument in arguments:
        if not isinstance(argument, dict) or argument.get("class_name") != "__keras_tensor__":
            raise broken
        config = argument["config"]
        shape = _value(config["keras_history"], values, f"its layer {name!r}")
        if config.get("shape") != [None, *shape]:
            raise broken
        found.append(shape)
    if not found:
        raise broken
    return found


def _value(history: Any, values: dict[tuple[str, int], Shape], what: str) -> Shape:
    name, node, tensor = history
    if tensor != 0 or (name, node) not in values:
        raise Unsupported(f"{what} takes values that no layer before it gives")
    return values[name, node]


def _lone(ends: Any) -> Any:
    """`["dense", 0, 0]` from itself, or from a list that holds it alone."""
    if isinstance(ends, list) and len(ends) == 1:
        return ends[0]
    if not isinstance(ends, list) or len(ends) != 3:
        raise Unsupported("it has several outputs")
    return ends


def _only(entering: list[Shape], entry: Config) -> Shape:
    if len(entering) != 1:
        raise Unsupported(f"its layer {entry['config'].get('name')!r} takes several values")
    return entering[0]


def _thawed(entry: Config) -> Config:
    """The layer as if it were trained: frozen or not, it computes alike."""
    config = entry["config"]
    return {**entry, "config": {**config, "trainable": True}} if config.get("trainable") is False else entry


def _joined(entry: Config, entering: list[Shape]) -> Shape:
    """Shape of joined values: they must agree, but for the joined axis, or for lengths of 1 that are repeated."""
    if entry.get("module") == "keras.src.ops.numpy":
        label, options = f"operation {entry['config'].get('name')!r}", dict(entry["config"])
        options.pop("name", None)
        if entry.get("registered_name") not in (None, entry["class_name"]):
            raise Unsupported(f"its {label} is not Keras's own")
    else:
        label, options = plain_options(_thawed(entry))
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


def _reshaped(entry: Config, shape: Shape) -> Shape:
    label, options = plain_options(entry)
    target = filled(tuple(options.pop("target_shape", ())), prod(shape))
    plain = all(isinstance(length, int) and not isinstance(length, bool) and length > 0 for length in target)
    if options or not plain or prod(target) != prod(shape):
        raise Unsupported(f"its {label} turns values of {shape} into {target}")
    return target


def _known(entry: Config, shape: Shape) -> tuple[Shape, list[Shape]]:
    """Output shape and weights of a layer that the engine knows."""
    config, statistics = entry["config"], []
    if entry.get("class_name") == "Normalization" and config.get("mean") is None:
        statistics = statistics_shapes(config, shape)
        entry = {**entry, "config": {**config, "mean": [0.0], "variance": [1.0]}}
    layer = translate_layer(entry, rank=len(shape))
    try:
        after, weights = layer_shapes(layer, shape)
    except SpecError as problem:
        raise Unsupported(f"its layers cannot follow one another ({problem})") from None
    return after, [*statistics, *weights]


def statistics_shapes(config: Config, entering: Shape) -> list[Shape]:
    """Arrays of an adapted Normalization layer: mean, variance, and a count that Keras no longer uses.

    Args:
        config: its options.
        entering: shape of one image's values that enter it.
    """
    kept = () if config.get("axis") == [] else entering[-1:]
    return [kept, kept, ()]
