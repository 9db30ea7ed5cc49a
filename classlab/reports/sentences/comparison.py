"""Two arms, or two trained models, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from classlab.reports.numbers import counted, decimal, points

if TYPE_CHECKING:
    from classlab.statistics import Comparison, Interval

Unit = Literal["points", "loss"]


def comparison_sentence(first: str, second: str, found: Comparison, *, unit: Unit = "points") -> str:
    """What may be said of one arm against another, with the evidence.

    Args:
        first: name of the first arm.
        second: name of the second.
        found: first compared with second.
        unit: `points` where accuracies were compared, `loss` where losses were.

    Example:
        >>> from classlab.statistics import compare
        >>> found = compare([0.91, 0.93, 0.92, 0.94], [0.90, 0.91, 0.91, 0.92], margin=0.002)
        >>> comparison_sentence("Adam", "SGD", found)
        'Adam is better than SGD on 4 seeds: difference 1.50 points, interval 0.58 to 2.42.'
    """
    if found.difference is None or found.method == "too few pairs":
        return _too_few(first, second, found)
    evidence = f"{_basis(found)}: difference {difference_words(found.difference, found.interval, unit=unit)}"
    if found.verdict in ("better", "worse"):
        return f"{first} is {found.verdict} than {second} {evidence}."
    if found.verdict == "practically equal":
        margin = _quantity(found.margin, unit)
        return f"{first} and {second} are practically equal {evidence}, which lies within the margin of {margin}."
    return f"{first} and {second} cannot be told apart {evidence}{_remedy(found)}."


def difference_words(difference: float, interval: Interval | None, *, unit: Unit = "points") -> str:
    """A difference with its interval, as in `0.05 points, interval 0.01 to 0.21`."""
    if interval is None:
        return f"{_quantity(difference, unit)}, no interval"
    low, high = (_plain(end, unit) for end in interval)
    return f"{_quantity(difference, unit)}, interval {low} to {high}"


def _plain(value: float, unit: Unit) -> str:
    return points(value) if unit == "points" else decimal(value)


def _quantity(value: float, unit: Unit) -> str:
    return f"{_plain(value, unit)} points" if unit == "points" else f"{_plain(value, unit)} in loss"


def _basis(found: Comparison) -> str:
    # Images, not seeds, are behind a comparison of two trained models.
    return f"on {counted(found.n, 'seed')}" if found.about == "arms" else f"on {counted(found.n, 'image')}"


def _remedy(found: Comparison) -> str:
    if found.about == "models":
        return ""
    if found.difference == 0 and found.sd == 0:
        return "; the two have the same figure on every seed"
    if found.seeds_needed is None:
        return "; no affordable number of seeds is likely to tell"
    return f"; about {counted(found.seeds_needed, 'seed')} would tell"


def _too_few(first: str, second: str, found: Comparison) -> str:
    shared = "no seed has" if not found.n else "only one seed has"
    return f"{first} and {second} cannot be told apart: {shared} a figure for both, and the spread takes two or more."
