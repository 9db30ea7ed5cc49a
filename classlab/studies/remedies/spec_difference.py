"""What tells two specifications apart, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from classlab.records import Architecture, to_plain

if TYPE_CHECKING:
    from classlab.records import RunSpec
    from classlab.records.layers import Layer

_SILENT = ("seed", "data.digest", "data.name", "architecture.name", "architecture.kind", "top_k")


def differences(before: RunSpec, after: RunSpec) -> tuple[str, ...]:
    """Every setting that differs, as in "learning_rate: 1.0 -> 0.1"; layers are told by kind.

    Args:
        before: one run.
        after: the other.

    Example:
        >>> from dataclasses import replace
        >>> from classlab.models.builtin import build
        >>> from classlab.records import DataSpec, RunSpec
        >>> linear = build("linear", input_shape=(8, 8, 1), classes=10)
        >>> spec = RunSpec(data=DataSpec(name="digits"), architecture=linear)
        >>> differences(spec, replace(spec, epochs=20))
        ('epochs: 10 -> 20',)
    """
    old, new = _flat(to_plain(before)), _flat(to_plain(after))
    names = [name for name in (*old, *new) if name not in _SILENT and not name.startswith("architecture.")]
    found = [
        f"{_spoken(name)}: {_shown(old.get(name))} -> {_shown(new.get(name))}"
        for name in dict.fromkeys(names)
        if old.get(name) != new.get(name)
    ]
    if isinstance(before.architecture, Architecture) and isinstance(after.architecture, Architecture):
        found += _layer_differences(before.architecture.layers, after.architecture.layers)
    return tuple(found)


def _layer_differences(before: tuple[Layer, ...], after: tuple[Layer, ...]) -> list[str]:
    """Layers that went and came, by kind; and, where none did, what changed within them."""
    old, new = ([layer.kind for layer in layers] for layers in (before, after))
    if old != new:
        gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
        return [
            *(f"{kind} layer removed" + _times(count) for kind, count in gone.items()),
            *(f"{kind} layer added" + _times(count) for kind, count in come.items()),
        ]
    found: Counter[str] = Counter()
    for one, other in zip(before, after, strict=True):
        first, second = _flat(to_plain(one)), _flat(to_plain(other))
        for name in dict.fromkeys((*first, *second)):
            if first.get(name) != second.get(name):
                found[f"{one.kind} {name}: {_shown(first.get(name))} -> {_shown(second.get(name))}"] += 1
    return [words + _times(count) for words, count in found.items()]


def _times(count: int) -> str:
    return "" if count == 1 else f" ({count} times)"


def _spoken(name: str) -> str:
    """A setting by the name it has in a study file."""
    special = {"optimizer.kind": "optimizer", "schedule.kind": "schedule", "loss.name": "loss"}
    return special.get(name, name.removeprefix("data.").removeprefix("optimizer."))


def _flat(plain: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in plain.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)
