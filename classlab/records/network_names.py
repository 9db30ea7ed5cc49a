"""Names of layers and models in a serialised Keras model: found, and put in the place of others wherever they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_REFERENCES = ("keras_history", "input_layers", "output_layers")  # lists that begin with a layer's name


def named_parts(part: Any) -> Iterator[tuple[str, str]]:
    """Name and class of models and layers in a serialised model, in the order in which they are written.

    Args:
        part: JSON as Keras writes it.
    """
    if isinstance(part, list):
        for each in part:
            yield from named_parts(each)
    elif isinstance(part, dict):
        config = part.get("config")
        name = config.get("name", part.get("name")) if isinstance(config, dict) else None  # the latter around a graph's
        if isinstance(name, str) and not _is_policy(part):
            yield name, str(part.get("class_name", ""))
        for value in part.values():
            yield from named_parts(value)


def renamed(part: Any, names: Mapping[str, str]) -> Any:
    """The same model with other names, also where they say which layer is connected to which.

    Args:
        part: JSON as Keras writes it.
        names: each old name with its new one; a name that is not among them stays.
    """
    if isinstance(part, list):
        return [renamed(each, names) for each in part]
    if not isinstance(part, dict) or _is_policy(part):
        return part
    found: dict[str, Any] = {}
    for key, value in part.items():
        if key == "name" and isinstance(value, str):
            found[key] = names.get(value, value)
        elif key in _REFERENCES:
            found[key] = _references(value, names)
        else:
            found[key] = renamed(value, names)
    return found


def _is_policy(part: Mapping[str, object]) -> bool:
    """Whether it is a layer's dtype, whose name is what it means."""
    return str(part.get("class_name", "")).endswith("DTypePolicy")


def _references(value: Any, names: Mapping[str, str]) -> Any:
    """`["dense_1", 0, 0]`, or a list of such."""
    if isinstance(value, list):
        return [_references(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value
