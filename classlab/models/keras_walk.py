"""The one walk through a serialised Keras model: every call of a layer, models within it opened; works on JSON alone.

What is made of a call is a visitor's business: a record of the layer (`keras_translation`), or the shape of what comes
out of it (`keras_graph`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from classlab.models.keras_layers import Unsupported, float32

if TYPE_CHECKING:
    from classlab.models.keras_words import Config
    from classlab.models.shapes import Shape
    from classlab.records.architecture import ImageShape

    Place = tuple[str, int]  # a layer's name and the number of one of its calls
    Path = tuple[str, ...]  # names of the models around a layer, outermost first, then its own

Value = TypeVar("Value")

_SEQUENTIAL = {("keras", "Sequential"), ("keras.models", "Sequential")}
_FUNCTIONAL = {
    ("keras.src.models.functional", "Functional"),
    ("keras.models", "Functional"),
    ("keras", "Functional"),
    ("keras.models", "Model"),
    ("keras", "Model"),
}


class Visitor(Protocol[Value]):
    """What is told of every call, and makes a value of it."""

    def shape(self, value: Value) -> Shape:
        """Shape of one image's part of a value, as Keras has it."""

    def opens(self, config: Config) -> None:
        """Takes the options of a model, the outermost one first, before its layers."""

    def frame(self, entry: Config, entering: list[Value]) -> None:
        """Takes an entry of a list of layers, whatever it is, before anything else is made of it."""

    def call(self, entry: Config, path: Path, entering: list[Value], *, again: bool) -> Value:
        """Makes a value of the values that a layer is called on; `again` where the layer was called elsewhere."""


class Walk(Generic[Value]):
    """A walk.

    Args:
        visitor: what is told of it.
    """

    def __init__(self, visitor: Visitor[Value]) -> None:
        self._visitor = visitor

    def through(self, model: Config, value: Value, *, path: Path = (), again: bool = False) -> Value:
        """Follows one image through a Sequential or functional model.

        Args:
            model: the serialised model.
            value: what enters it.
            path: where it stands in the outermost model.
            again: whether the model was called elsewhere as well.

        Returns:
            What leaves it.

        Raises:
            Unsupported: it is another model, or a connection has no rule here.
        """
        config = check_model(model)
        self._visitor.opens(config)
        if is_functional(model):
            return self._functional(config, value, path, again=again)
        for entry in config["layers"]:
            value = self._call(entry, [value], path, again=again)
        return value

    def _functional(self, config: Config, value: Value, path: Path, *, again: bool) -> Value:
        calls: dict[Place, tuple[Config, Any]] = {}
        values: dict[Place, Value] = {}
        for entry in config["layers"]:
            name, nodes = str(entry.get("name")), entry.get("inbound_nodes") or []
            if "name" not in entry["config"]:  # of a class of the user's whose get_config leaves it out
                raise Unsupported(f"its layer {name!r} ({entry.get('class_name')}) is not one of the engine's layers")
            if name != entry["config"]["name"] or (name, 0) in calls or (name, 0) in values:
                raise Unsupported(f"its layer {name!r} is named twice")
            if entry.get("class_name") == "InputLayer":
                if nodes or values:
                    raise Unsupported("it has several inputs")
                values[name, 0] = self._call(entry, [value], path, again=again)
                continue
            if not nodes:
                raise Unsupported(f"its layer {name!r} is connected to nothing")
            calls |= {(name, number): (entry, node) for number, node in enumerate(nodes)}
        if _lone(config.get("input_layers"), "inputs") not in [(*place, 0) for place in values]:
            raise Unsupported("it has several inputs")
        for place in calls:
            self._resolve(place, calls, values, path, again=again)
        return values[_output(config, values)]

    def _resolve(
        self,
        wanted: Place,
        calls: dict[Place, tuple[Config, Any]],
        values: dict[Place, Value],
        path: Path,
        *,
        again: bool,
    ) -> None:
        """Makes one call, and before it those that it waits for: a layer's later calls may stand before their sources.

        Without recursion, because a file may hold a chain of any length.
        """
        waiting, begun = [wanted], set()
        while waiting:
            place = waiting[-1]
            if place in values:
                waiting.pop()
                continue
            name, number = place
            entry, node = calls[place]
            sources = _sources(node, name, augments=str(entry.get("class_name")).startswith("Random"))
            missing = [source for source, _ in sources if source not in values]
            if any(source not in calls or source in begun for source in missing):
                raise Unsupported(f"its layer {name!r} takes values that no layer before it gives")
            if missing:
                begun.add(place)
                waiting += reversed(missing)
                continue
            entering = [values[source] for source, _ in sources]
            if [list(self._visitor.shape(value)) for value in entering] != [shape for _, shape in sources]:
                raise _more_than_values(name)
            values[place] = self._call(entry, entering, path, again=again or number > 0)

    def _call(self, entry: Config, entering: list[Value], path: Path, *, again: bool) -> Value:
        config = entry["config"]
        self._visitor.frame(entry, entering)
        place = (*path, str(config.get("name")))
        if "layers" not in config and entry.get("class_name") != "InputLayer":
            return self._visitor.call(entry, place, entering, again=again)
        if len(entering) != 1:
            raise Unsupported(f"its layer {place[-1]!r} takes several values")
        return self.through(entry, entering[0], path=place, again=again) if "layers" in config else entering[0]


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
    entry = _first_layer(config)
    target = (entry.get("config") or {}).get("target_shape") or () if entry.get("class_name") == "Reshape" else ()
    if len(target) not in (2, 3) or any(not isinstance(n, int) or n < 1 for n in target):
        return None
    height, width, channels = (*target, 1) if len(target) == 2 else target
    return (height, width, channels)


def _first_layer(model: Config) -> Config:
    """The first layer of a model in the order of its list, models within it opened; empty where it has none."""
    for entry in (model.get("config") or {}).get("layers") or ():
        if entry.get("class_name") != "InputLayer":
            found: Config = _first_layer(entry) if "layers" in (entry.get("config") or {}) else entry
            if found:
                return found
    return {}


def _sources(call: Any, name: str, *, augments: bool = False) -> list[tuple[Place, list[Any]]]:
    """The calls whose values one call of a layer takes, each with the shape that is announced of one image's part."""
    if not isinstance(call, dict) or set(call) != {"args", "kwargs"}:
        raise _more_than_values(name)
    told = dict(call["kwargs"] or {})
    if augments:
        told.pop("training", None)  # Keras notes True, their own default, and says itself which it is
    if any(value is not None and value is not False for value in told.values()):
        raise _more_than_values(name)
    arguments = call["args"]
    if len(arguments) == 1 and isinstance(arguments[0], list):
        arguments = arguments[0]
    found = []
    for argument in arguments:
        if not isinstance(argument, dict) or not _is_value(argument):
            raise _more_than_values(name)
        source, node, tensor = argument["config"]["keras_history"]
        if tensor != 0:
            raise Unsupported(f"its layer {name!r} takes values that no layer before it gives")
        found.append(((source, node), list(argument["config"]["shape"][1:])))
    if not found:
        raise _more_than_values(name)
    return found


def _is_value(argument: Config) -> bool:
    """Whether an argument stands for what a call gave, and carries nothing else than that."""
    if set(argument) != {"class_name", "config"} or argument["class_name"] != "__keras_tensor__":
        return False
    told = [value for name, value in argument["config"].items() if name not in ("shape", "keras_history")]
    told.append(argument["config"]["shape"][0])  # the number of images, which may be open
    return not any(isinstance(value, dict | list) for value in told)


def _more_than_values(name: str) -> Unsupported:
    return Unsupported(f"its layer {name!r} is called with more than values of other layers")


def _output(config: Config, values: dict[Place, Any]) -> Place:
    """The call that gives a functional model's output."""
    name, node, tensor = _lone(config.get("output_layers"), "outputs")
    if any(entry.get("name") == name and is_functional(entry) for entry in config["layers"]):
        node -= 1  # where a model ends in a functional one, Keras counts the call that made it as well
    if tensor != 0 or (name, node) not in values:
        raise Unsupported("its output takes values that no layer before it gives")
    return (name, node)


def _lone(ends: Any, what: str) -> tuple[Any, ...]:
    """`("dense", 0, 0)` from such a list, or from a list that holds it alone."""
    if isinstance(ends, list) and len(ends) == 1:
        ends = ends[0]
    if not isinstance(ends, list) or len(ends) != 3:
        raise Unsupported(f"it has several {what}")
    return tuple(ends)
