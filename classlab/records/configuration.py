"""What a run is, its seed and every name left out: by this, one configuration under two names is recognised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.records.architecture import Architecture, KerasArchitecture
from classlab.records.codec import identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from classlab.records.run import RunSpec

_REFERENCES = ("keras_history", "input_layers", "output_layers")  # lists that begin with a layer's name


def configuration(spec: RunSpec) -> str:
    """Names a configuration: equal for runs that differ in nothing but their seeds and the names of their networks.

    Args:
        spec: one of its runs.
    """
    return identity(replace(spec, seed=0, architecture=nameless(spec.architecture)))


def nameless(architecture: Architecture | KerasArchitecture) -> Architecture | KerasArchitecture:
    """The same network with no name of its own, and its layers numbered in their order.

    Keras counts names on within a session: `dense` becomes `dense_1` in a second copy of one network. Which layer is
    connected to which stays.

    Args:
        architecture: any network.

    Example:
        >>> first, second = (
        ...     KerasArchitecture(
        ...         name=n, input_shape=(8, 8, 1), reason="", config={"config": {"name": n, "layers": []}}
        ...     )
        ...     for n in ("net", "net_1")
        ... )
        >>> nameless(first) == nameless(second)
        True
    """
    if isinstance(architecture, Architecture):
        return replace(architecture, name="")
    numbers: dict[str, str] = {}
    for name in _names(architecture.config):
        numbers.setdefault(name, str(len(numbers)))
    # The reason quotes a layer's name; what it says follows from the layers themselves.
    return replace(architecture, name="", reason="", config=_renamed(architecture.config, numbers))


def _names(part: Any) -> Iterator[str]:
    """Names of models and layers in a serialised model, in the order in which they are written."""
    if isinstance(part, list):
        for each in part:
            yield from _names(each)
    elif isinstance(part, dict):
        config = part.get("config")
        if isinstance(config, dict) and isinstance(config.get("name"), str) and not _is_policy(part):
            yield config["name"]
        for value in part.values():
            yield from _names(value)


def _is_policy(part: Mapping[str, object]) -> bool:
    """Whether it is a layer's dtype, whose name is what it means."""
    return str(part.get("class_name", "")).endswith("DTypePolicy")


def _renamed(part: Any, numbers: dict[str, str]) -> Any:
    if isinstance(part, list):
        return [_renamed(each, numbers) for each in part]
    if not isinstance(part, dict) or _is_policy(part):
        return part
    found: dict[str, Any] = {}
    for key, value in part.items():
        if key == "name" and isinstance(value, str):
            found[key] = numbers.get(value, value)
        elif key in _REFERENCES:
            found[key] = _references(value, numbers)
        elif key != "shared_object_id":  # counted on within a session as well
            found[key] = _renamed(value, numbers)
    return found


def _references(value: Any, numbers: dict[str, str]) -> Any:
    """`["dense_1", 0, 0]`, or a list of such."""
    if isinstance(value, list):
        return [_references(each, numbers) for each in value]
    return numbers.get(value, value) if isinstance(value, str) else value
