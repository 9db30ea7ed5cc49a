"""What a run is, its seed and every name left out: by this, one configuration under two names is recognised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.records.architecture import Architecture, KerasArchitecture
from classlab.records.codec import identity
from classlab.records.network_names import named_parts, renamed

if TYPE_CHECKING:
    from classlab.records.run import RunSpec


def configuration(spec: RunSpec) -> str:
    """Names a configuration: equal for runs that differ in nothing but their seeds, folds and the names of networks.

    Args:
        spec: one of its runs.
    """
    return identity(replace(spec.drawn(seed=0), architecture=nameless(spec.architecture)))


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
    for name, _ in named_parts(architecture.config):
        numbers.setdefault(name, str(len(numbers)))
    # The reason quotes a layer's name; what it says follows from the layers themselves.
    return replace(architecture, name="", reason="", config=_without_shared_ids(renamed(architecture.config, numbers)))


def _without_shared_ids(part: Any) -> Any:
    """The same without the numbers of objects that several layers share, which count on within a session as well."""
    if isinstance(part, list):
        return [_without_shared_ids(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {key: _without_shared_ids(value) for key, value in part.items() if key != "shared_object_id"}
