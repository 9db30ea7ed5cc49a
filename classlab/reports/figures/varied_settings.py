"""The arms of a study as points in its settings: what varies, over which values, and with which figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import decimal, percent
from classlab.records.base import Record
from classlab.records.study import FIGURE, Setting, is_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records.study import Selection

RATE = "learning_rate"


@dataclass(frozen=True, kw_only=True)
class SettledArm(Record):
    """An arm with its settings and figures.

    Args:
        name: the arm's.
        settings: what tells it from the others.
        seeds: the figure that ranks, by seed; None where the run did not end well.
        mean: of those that ended well; None where none did.
        candidate: whether it cannot be told apart from the best.
    """

    name: str
    settings: dict[str, Setting]
    seeds: tuple[float | None, ...]
    mean: float | None
    candidate: bool

    @property
    def failed(self) -> int:
        """How many runs did not end well."""
        return sum(figure is None for figure in self.seeds)


def varied(arms: Sequence[SettledArm]) -> dict[str, tuple[Setting, ...]]:
    """The settings that every arm has and in which they differ, with their values.

    Numbers are in ascending order, words in the study's.

    Example:
        >>> arms = [
        ...     SettledArm(name=str(rate), settings={"learning_rate": rate}, seeds=(), mean=None, candidate=False)
        ...     for rate in (0.1, 0.01)
        ... ]
        >>> varied(arms)
        {'learning_rate': (0.01, 0.1)}
    """
    shared = [name for name in (arms[0].settings if arms else ()) if all(name in arm.settings for arm in arms)]
    values = {name: list(dict.fromkeys(arm.settings[name] for arm in arms)) for name in shared}
    return {name: tuple(_ordered(each)) for name, each in values.items() if len(each) > 1}


def is_number(value: Setting) -> bool:
    """Whether a value has a place on an axis."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def value_words(value: Setting) -> str:
    """A value as it is written beside an axis.

    Example:
        >>> value_words(0.001), value_words(True), value_words("adam")
        ('0.001', 'true', 'adam')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"


def setting_words(name: str) -> str:
    """A setting's name in words.

    Example:
        >>> setting_words("learning_rate")
        'learning rate'
    """
    return name.replace("_", " ")


def figure_name(select: Selection) -> str:
    """What the arms are ranked by, in words."""
    return FIGURE[select] if is_share(select) else f"{FIGURE[select]} per image"


def figure_words(select: Selection, value: float | None) -> str:
    """A figure as tables and sentences write it."""
    return percent(value) if is_share(select) else decimal(value)


def _ordered(values: list[Setting]) -> list[Setting]:
    numbers = [value for value in values if is_number(value)]
    if len(numbers) < len(values):
        return values
    return sorted(numbers, key=float)
