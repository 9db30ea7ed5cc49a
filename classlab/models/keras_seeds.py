"""Seeds that single layers of a serialised Keras model carry, found and taken out; works on JSON alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classlab.models.keras_words import Config


def without_seeds(part: Any) -> Any:
    """A serialised model, layer or option with every seed of Keras's own objects set to None.

    A seed in an initialiser would give that layer the same weights in every run, and the spread over runs would leave
    its luck out. What a class of the user's own does with a seed is its business.

    Args:
        part: JSON as Keras writes it.

    Example:
        >>> start = {"module": "keras.initializers", "class_name": "HeNormal", "config": {"seed": 3}}
        >>> without_seeds(start)["config"]
        {'seed': None}
    """
    if isinstance(part, list):
        return [without_seeds(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: without_seeds(value) for key, value in part.items()}
    if _is_seeded(part):
        found["config"] = {**found["config"], "seed": None}
    return found


def seeds_note(parts: Iterable[Any]) -> tuple[str, ...]:
    """A sentence that names the layers whose seeds are not used; none where no layer carries one.

    Args:
        parts: serialised models or layers.
    """
    names = list(dict.fromkeys(name for part in parts for name in _seeded(part, "?")))
    return (
        (f"Seeds given to single layers ({', '.join(names)}) are not used: the run's seed decides.",) if names else ()
    )


def _seeded(part: Any, layer: str) -> Iterator[str]:
    """Names of the layers around seeded objects."""
    if isinstance(part, list):
        for each in part:
            yield from _seeded(each, layer)
    elif isinstance(part, dict):
        config = part.get("config")
        if isinstance(config, dict) and isinstance(config.get("name"), str):
            layer = config["name"]
        if _is_seeded(part):
            yield layer
        for value in part.values():
            yield from _seeded(value, layer)


def _is_seeded(part: Config) -> bool:
    """Whether it is an object of Keras's own that was given a seed: a number, or a generator of its own."""
    config = part.get("config")
    own = str(part.get("module") or "").partition(".")[0] == "keras" and part.get("registered_name") is None
    return own and isinstance(config, dict) and config.get("seed") is not None
