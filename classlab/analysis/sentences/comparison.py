"""Two arms, or two trained networks, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from classlab.analysis.numbers import counted, decimal, points

if TYPE_CHECKING:
    from classlab.statistics import Basis, Comparison, Interval

Unit = Literal["points", "loss", "score"]
_HOLDS: dict[Basis, str] = {
    "seeds and images": "for other seeds and other images",
    "seeds": "for other seeds on these very images",
    "images": "for other images and these very networks",
    "nothing": "",
}
_HOLDS_GIVEN: dict[Basis, str] = {
    "seeds and images": "for other orders of the batches and other images, from these very weights",
    "seeds": "for other orders of the batches, from these very weights on these very images",
    "images": "for other images and these very networks",
    "nothing": "",
}


def comparison_sentence(
    first: str, second: str, found: Comparison, *, unit: Unit = "points", given_start: bool = False
) -> str:
    """What may be said of one arm against another, with the evidence and what it holds for.

    Args:
        first: name of the first arm.
        second: name of the second.
        found: first compared with second.
        unit: `points` where accuracies were compared, `loss` where losses were, `score` for any other figure.
        given_start: whether seeds start from given weights and so vary the order of batches alone.

    Example:
        >>> from classlab.statistics import compare, sample
        >>> found = compare(sample([0.91, 0.93, 0.92, 0.94]), sample([0.90, 0.91, 0.91, 0.92]), margin=0.002)
        >>> comparison_sentence("a", "b", found)
        "'a' is better than 'b': by 1.50 points (95 % interval 0.45 to 2.55), for other seeds on these very images."
    """
    one, two = quoted(first), quoted(second)
    if found.interval is None or found.difference is None:
        return f"{one} and {two} cannot be told apart: {_why_not(found)}"
    evidence = f"{difference_words(found, unit=unit)}{holds_words(found.holds_for, given_start=given_start)}"
    match found.verdict:
        case "better" | "worse":
            return f"{one} is {found.verdict} than {two}: by {evidence}."
        case "practically equal":
            return f"{one} and {two} are practically equal: within {quantity(found.margin, unit)}, by {evidence}."
    return f"{one} and {two} cannot be told apart: {evidence}."


def difference_words(found: Comparison, *, unit: Unit = "points") -> str:
    """A difference with its interval, as in `0.05 points (95 % interval -0.01 to 0.21)`."""
    difference = found.difference
    if found.verdict in ("better", "worse") and difference is not None:
        difference = abs(difference)  # the verdict says which way
    return f"{quantity(difference or 0.0, unit)} ({interval_words(found, unit=unit)})"


def interval_words(found: Comparison, *, unit: Unit = "points") -> str:
    """The interval of a difference and the family it is corrected for."""
    low, high = _ends(found)
    family = f", corrected for {found.comparisons} comparisons" if found.comparisons > 1 else ""
    return f"{100 * found.confidence:g} % interval {plain(low, unit)} to {plain(high, unit)}{family}"


def holds_words(basis: Basis, *, given_start: bool = False) -> str:
    """What an interval holds for, after a comma; nothing where there is no interval."""
    words = (_HOLDS_GIVEN if given_start else _HOLDS)[basis]
    return f", {words}" if words else ""


def quoted(name: str) -> str:
    """An arm's name in a sentence: names hold commas and blanks of their own."""
    return f"'{name}'"


def plain(value: float, unit: Unit) -> str:
    """A difference without its unit."""
    return points(value) if unit == "points" else decimal(value)


def quantity(value: float, unit: Unit) -> str:
    """A difference with its unit."""
    ends: dict[Unit, str] = {"points": " points", "loss": " in loss", "score": ""}
    return f"{plain(value, unit)}{ends[unit]}"


def _ends(found: Comparison) -> Interval:
    """The interval as the sentence has the difference: away from zero where the verdict says which way."""
    low, high = found.interval or (0.0, 0.0)
    if found.verdict in ("better", "worse") and (found.difference or 0.0) < 0:
        return 0.0 - high, 0.0 - low
    return low, high


def _why_not(found: Comparison) -> str:
    if found.n == 0:
        return "no seed has a figure for both."
    if found.n == 1:
        return "one seed alone says nothing about the spread between seeds."
    return f"they have the same difference on {counted(found.n, 'seed')}, which says nothing about the spread."
