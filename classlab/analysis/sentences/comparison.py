"""Two arms, or two trained networks, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from classlab.analysis.numbers import MISSING, count, counted, decimal, ends, points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from classlab.statistics import Basis, Comparison, Interval

Unit = Literal["points", "loss", "cost", "score"]
Repeat = Literal["seed", "run"]
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
    first: str,
    second: str,
    found: Comparison,
    *,
    unit: Unit = "points",
    given_start: bool = False,
    repeat: Repeat = "seed",
) -> str:
    """What may be said of one arm against another, with the evidence and what it holds for.

    Args:
        first: name of the first arm.
        second: name of the second.
        found: first compared with second.
        unit: `points` where accuracies were compared, `loss` where losses were, `cost` for another figure of which less
            is better, `score` for one of which more is.
        given_start: whether seeds start from given weights and so vary the order of batches alone.
        repeat: what is drawn anew from one training of an arm to the next: `run` where nobody named the seeds.

    Example:
        >>> from classlab.statistics import compare, sample
        >>> found = compare(sample([0.91, 0.93, 0.92, 0.94]), sample([0.90, 0.91, 0.91, 0.92]), margin=0.002)
        >>> comparison_sentence("a", "b", found)
        "'a' is better than 'b' by 1.50 points (95 % interval 0.50 to 2.50, for other seeds on these very images)."
    """
    one, two = quoted(first), quoted(second)
    if found.interval is None or found.difference is None:
        return f"{one} and {two} cannot be told apart: {_why_not(found, repeat)}"
    interval = interval_words(found, unit=unit, given_start=given_start, repeat=repeat)
    if found.verdict in ("better", "worse"):
        return f"{one} is {found.verdict} than {two} by {quantity(abs(found.difference), unit)} ({interval})."
    size = quantity(abs(found.difference), unit)
    ahead = "their means are the same" if _is_zero(size) else f"{one if leads(found, unit) else two} is ahead by {size}"
    if found.verdict == "practically equal":
        matter = f"up to {quantity(found.margin, unit)} do not matter"
        return f"{one} and {two} are practically equal: {ahead} ({interval}), and {matter}."
    return f"{one} and {two} cannot be told apart: {ahead} ({interval})."


def interval_words(
    found: Comparison, *, unit: Unit = "points", given_start: bool = False, repeat: Repeat = "seed"
) -> str:
    """The interval of a difference, seen from the one that is ahead; what it holds for, and the family.

    Args:
        found: with an interval.
        unit: as in `comparison_sentence`.
        given_start: as there.
        repeat: as there.
    """
    low, high = found.interval or (0.0, 0.0)
    if (found.difference or 0.0) < 0:
        low, high = 0.0 - high, 0.0 - low
    written = " to ".join(ends((low, high), _writer(unit)))
    family = f", corrected for {count(found.comparisons)} comparisons" if found.comparisons > 1 else ""
    holds = holds_words(found.holds_for, given_start=given_start, repeat=repeat)
    return f"{100 * found.confidence:g} % interval {written}{holds}{family}"


def lead(found: Comparison, unit: Unit) -> tuple[float | None, Interval | None]:
    """How far the first is ahead, and the interval for that: its difference, or for losses the other way round."""
    if unit in ("loss", "cost"):
        found = found.reversed()
    return found.difference, found.interval


def leads(found: Comparison, unit: Unit) -> bool:
    """Whether the first has the better mean on the seeds that both have, or the same."""
    return (lead(found, unit)[0] or 0.0) >= 0


def verdict_cell(found: Comparison) -> str:
    """A verdict in a cell of a table."""
    verdict = "not told apart" if found.verdict == "cannot tell" else found.verdict
    return f"{verdict} (these networks)" if found.holds_for == "images" else verdict


def lead_cells(found: Comparison, unit: Unit) -> tuple[str, str]:
    """How far the first is ahead and the interval for that, in cells of a table, without their unit."""
    ahead, interval = lead(found, unit)
    write = _writer(unit)
    return write(ahead), MISSING if interval is None else " to ".join(ends(interval, write))


def holds_words(basis: Basis, *, given_start: bool = False, networks: int = 2, repeat: Repeat = "seed") -> str:
    """What an interval holds for, after a comma; nothing where there is no interval.

    Args:
        basis: what is drawn anew.
        given_start: whether seeds start from given weights and so vary the order of batches alone.
        networks: how many are spoken of, where each arm has one.
        repeat: as in `comparison_sentence`.
    """
    words = (_HOLDS_GIVEN if given_start else _HOLDS)[basis].replace("seeds", f"{repeat}s")
    if basis == "images" and networks == 1:
        words = "for other images and this very network"
    return f", {words}" if words else ""


def shared_holds(bases: Iterable[Basis], *, given_start: Iterable[bool], networks: int = 2) -> str:
    """What many intervals hold for, after a comma; nothing where that is not the same for all of them.

    Args:
        bases: what is drawn anew, of every interval.
        given_start: of every arm, whether its seeds start from given weights.
        networks: as in `holds_words`.
    """
    found, given = set(bases) - {"nothing"}, set(given_start)
    if len(found) != 1 or len(given) != 1:
        return ""
    return holds_words(found.pop(), given_start=given.pop(), networks=networks)


def quoted(name: str) -> str:
    """An arm's name in a sentence: names hold commas and blanks of their own."""
    return f"'{name}'"


def quantity(value: float, unit: Unit) -> str:
    """A difference with its unit."""
    units: dict[Unit, str] = {"points": " points", "loss": " in loss", "cost": "", "score": ""}
    return f"{_writer(unit)(value)}{units[unit]}"


def _writer(unit: Unit) -> Callable[..., str]:
    return points if unit == "points" else decimal


def _is_zero(written: str) -> bool:
    return float(written.split()[0]) == 0


def _why_not(found: Comparison, repeat: Repeat) -> str:
    if found.n == 0:
        return f"no {repeat} has a figure for both."
    if found.n == 1:
        return f"one {repeat} alone says nothing about the spread between {repeat}s."
    return f"they differ by the same on {counted(found.n, repeat)}, which says nothing about the spread."
