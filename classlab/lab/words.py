"""Sentences that several steps share, each a function of the numbers it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, count, counted, decimal, percent, points
from classlab.statistics.estimate import estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.statistics.comparison import Comparison
    from classlab.statistics.estimate import Estimate, Interval
    from classlab.statistics.ranking import Ranking


def verdict_sentence(first: str, second: str, comparison: Comparison) -> str:
    """What the evidence says of two arms in accuracy on validation images.

    Args:
        first: name of the arm that the comparison speaks of.
        second: name of the other.
        comparison: of their accuracies, as shares.
    """
    evidence = _evidence(comparison)
    match comparison.verdict:
        case "better":
            return f"{first} is better than {second}{evidence}."
        case "worse":
            return f"{first} is worse than {second}{evidence}."
        case "practically equal":
            margin = points(comparison.margin)
            return f"{first} and {second} are practically equal, within {margin} points{evidence}."
    return f"{first} and {second} cannot be told apart{evidence}. {_what_would_tell(comparison)}"


def interval_words(interval: Interval | None, *, confidence: float) -> str:
    """An interval of a difference in points, as in `95 % interval 0.10 to 0.34 points`."""
    if interval is None:
        return "no interval"
    low, high = within(interval, least=-1.0, most=1.0)
    return f"{100 * confidence:g} % interval {points(low)} to {points(high)} points"


def within(interval: Interval, *, least: float, most: float) -> Interval:
    """An interval without the values that cannot be; it still covers the true one as often as before.

    Example:
        >>> within((0.9, 1.1), least=0.0, most=1.0)
        (0.9, 1.0)
    """
    return min(max(interval[0], least), most), max(min(interval[1], most), least)


def mean_words(estimate: Estimate) -> str:
    """A mean accuracy with its interval, as in `91.66 % (95 % interval 91.50 to 91.82 %, 3 seeds)`."""
    if estimate.mean is None:
        return "no figure (no run finished)"
    seeds = counted(estimate.n, "seed")
    missing = f", {counted(estimate.excluded, 'run')} without a figure" if estimate.excluded else ""
    if estimate.interval is None:
        return f"{percent(estimate.mean)} ({seeds}{missing})"
    low, high = (f"{100 * end:.2f}" for end in within(estimate.interval, least=0.0, most=1.0))
    return f"{percent(estimate.mean)} ({100 * estimate.confidence:g} % interval {low} to {high} %, {seeds}{missing})"


def spread(values: Sequence[float | None]) -> str:
    """Mean and standard deviation of accuracies over seeds in per cent, as in `92.30 ± 0.05`; for tables."""
    found = estimate(values)
    if found.mean is None:
        return MISSING
    mean = f"{100 * found.mean:.2f}"
    return mean if found.sd is None else f"{mean} ± {100 * found.sd:.2f}"


def more_seeds(ranking: Ranking, names: Sequence[str]) -> tuple[str, ...]:
    """How many seeds would set the best arm apart from the last of those it is tied with; nothing where none would.

    Args:
        ranking: of all arms, every two compared.
        names: of the arms by position.
    """
    best, last = ranking.tied_with_best[0], ranking.tied_with_best[-1]
    comparison = ranking.comparison(best, last)
    if comparison is None or comparison.seeds_needed is None:
        return ()
    return (f"About {counted(comparison.seeds_needed, 'seed')} would set it apart from {names[last]}.",)


def of_images(share: float, images: int) -> str:
    """A share of images, as in `9,236 of 10,000 images (92.36 %)`."""
    return f"{count(round(share * images))} of {count(images)} images ({percent(share)})"


def times(factor: float) -> str:
    """A ratio in words, as in `about 12 times`; two digits are enough for a comparison of sizes."""
    return f"about {decimal(factor, digits=0 if factor >= 10 else 1)} times"


def _evidence(comparison: Comparison) -> str:
    if comparison.difference is None:
        return ""
    interval = interval_words(comparison.interval, confidence=comparison.confidence)
    family = f", corrected for {comparison.comparisons} comparisons" if comparison.comparisons > 1 else ""
    seeds = counted(comparison.n, "seed")
    return f": {points(comparison.difference, sign=True)} points of validation accuracy ({interval}{family}, {seeds})"


def _what_would_tell(comparison: Comparison) -> str:
    if comparison.method == "too few pairs":
        return "One seed says nothing about the spread between seeds; train more."
    if comparison.seeds_needed is not None:
        return f"About {comparison.seeds_needed} seeds would tell."
    return "No affordable number of seeds would tell."
