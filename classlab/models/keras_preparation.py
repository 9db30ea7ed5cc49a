"""The preparation at the front of a `.keras` file that classlab wrote: recognised, checked, and taken off again.

Inside classlab a network takes images of one size. A file that takes pictures of any size has four layers more, which
`keras_config.preparation_entries` makes; here they are found in what Keras, too, may have written since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_config import preparation_entries
from classlab.models.keras_walk import is_functional
from classlab.records.preparation import Preparation

if TYPE_CHECKING:
    from classlab.models.keras_words import Config

_LAYERS = 4
_SURROUNDING = {"module", "class_name", "config", "registered_name", "build_config", "name", "inbound_nodes"}


def without_preparation(model: Config) -> tuple[Config, Preparation | None]:
    """A serialised model for images of one size, and the preparation that stood before it.

    Args:
        model: a Sequential or functional model, as Keras serialises it; left as it is.

    Returns:
        The model as it came and None where it does not begin with exactly the layers that classlab writes.
    """
    try:
        found = _found(model)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError, SpecError):
        return model, None
    return (model, None) if found is None else (_taken_off(model, found), found)


def preparation_note(preparation: Preparation) -> str:
    """What is left out of a network that was read from such a file."""
    height, width = preparation.size
    return (
        f"The file brings pictures to {height}x{width} pixels (height x width) by {preparation.words} itself; the "
        "network that is read here takes them in that size."
    )


def _found(model: Config) -> Preparation | None:
    entrance, *entries = model["config"]["layers"][: _LAYERS + 1]
    channels = entrance["config"]["batch_shape"][3]
    if entrance["class_name"] != "InputLayer" or entrance["config"]["batch_shape"] != [None, None, None, channels]:
        return None
    told = entries[1]["config"]
    height, width, crop, pad = (
        told[name] for name in ("height", "width", "crop_to_aspect_ratio", "pad_to_aspect_ratio")
    )
    preparation = Preparation(
        size=(height, width),
        channels=channels,
        fit="crop" if crop else "pad" if pad else "stretch",
        fill=int(told["fill_value"]) if pad else None,
    )
    expected = preparation_entries(preparation)
    alike = [_plain(entry) == _plain(other) for entry, other in zip(entries, expected, strict=True)]
    return preparation if all(alike) and (not is_functional(model) or _in_turn(entrance, entries)) else None


def _plain(entry: Config) -> Any:
    """What a layer does, without what Keras adds when it writes the same layer."""
    config = dict(entry["config"])
    policy = config.pop("dtype")
    if isinstance(policy, dict) and policy["class_name"] == "DTypePolicy" and policy["module"] == "keras":
        policy = policy["config"]["name"]
    if (
        entry.get("registered_name") is not None
        or set(entry) - _SURROUNDING
        or config.pop("trainable", True) is not True
    ):
        return None
    build = entry.get("build_config") or {}
    if set(build) - {"input_shape"} or not all(
        type(each) in (int, type(None)) for each in build.get("input_shape", ())
    ):
        return None
    return entry["module"], entry["class_name"], policy, [(name, type(of), of) for name, of in sorted(config.items())]


def _in_turn(entrance: Config, entries: list[Config]) -> bool:
    """Whether each is called once, on the one before."""
    names = [entry["config"]["name"] for entry in (entrance, *entries)]
    calls = [entry["inbound_nodes"] for entry in entries]
    return all(
        len(nodes) == 1 and nodes[0]["args"][0]["config"]["keras_history"] == [before, 0, 0]
        for nodes, before in zip(calls, names, strict=False)
    )


def _taken_off(model: Config, preparation: Preparation) -> Config:
    config = model["config"]
    entrance, last, rest = config["layers"][0], config["layers"][_LAYERS], config["layers"][_LAYERS + 1 :]
    shape = [None, *preparation.size, preparation.channels]
    name = entrance["config"]["name"]
    rest = [_called_on(entry, last["config"]["name"], name) for entry in rest] if is_functional(model) else rest
    layers = [{**entrance, "config": {**entrance["config"], "batch_shape": shape}}, *rest]
    plain = {**model, "config": {**config, "layers": layers}}
    opened = [None, None, None, preparation.channels]
    if config.get("build_input_shape") == opened:
        plain["config"]["build_input_shape"] = shape
    if (model.get("build_config") or {}).get("input_shape") == opened:
        plain["build_config"] = {**model["build_config"], "input_shape": shape}
    return plain


def _called_on(part: Any, old: str, new: str) -> Any:
    """The same JSON with every value of one layer taken from another."""
    if isinstance(part, list):
        return [_called_on(each, old, new) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: [new, 0, 0] if key == "keras_history" and value == [old, 0, 0] else _called_on(value, old, new)
        for key, value in part.items()
    }
