"""What may be said about two arms, or two trained networks, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from classlab.records.base import Record
from classlab.statistics.estimate import Basis  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics.scale import Interval  # noqa: TC001
from classlab.statistics.spread import Spread  # noqa: TC001

Verdict = Literal["better", "worse", "practically equal", "cannot tell"]
OPPOSITE: dict[Verdict, Verdict] = {
    "better": "worse",
    "worse": "better",
    "practically equal": "practically equal",
    "cannot tell": "cannot tell",
}


@dataclass(frozen=True, kw_only=True)
class WouldTell(Record):
    """Sizes at which a study like the measured one would tell two arms apart with 80 % power.

    Args:
        seeds: of each arm, with the images at hand; None where no affordable number would.
        images: to measure on, with the seeds at hand; None where no affordable number would, or single images are not
            known.
        together: seeds and images, both grown by the same factor, where neither alone would do; None where one of them
            does or that does not help.
        equal: whether what would be shown is that they are practically equal, rather than which is better.
    """

    seeds: int | None
    images: int | None
    together: tuple[int, int] | None
    equal: bool = False


@dataclass(frozen=True, kw_only=True)
class Comparison(Record):
    """A first against a second, always as first minus second.

    Args:
        verdict: what may be said of the first; it follows from `interval` and `margin` alone (see `decide`).
        holds_for: what is drawn anew in the interval: `seeds and images`; `seeds` on these images, where single images
            are not known; `images` with these two trained networks, where there is one seed; `nothing` where there is
            no interval.
        difference: mean of first minus second; None where no seed has both.
        sd: sample standard deviation of the differences over seeds; None below two pairs.
        n: seeds that both have.
        excluded: seeds left out because one of the two runs had no finite figure.
        images: that both were measured on; None where that is not known.
        interval: for the difference; None where the evidence gives no finite one.
        confidence: that all intervals of the family hold at once.
        comparisons: size of the family that this interval is corrected for.
        alone: the confidence of this interval by itself, at which all of the family hold at once.
        margin: differences of this size or less do not matter.
        p_value: two-sided, of no difference, for this comparison alone; at most 1 - `alone` just where the interval
            excludes zero.
        spread: where the error of the difference comes from; None where nothing tells.
        would_tell: where the verdict is "cannot tell": what would; None where it tells, or nothing is known of the
            spread.
    """

    verdict: Verdict
    holds_for: Basis
    difference: float | None
    sd: float | None
    n: int
    excluded: int
    images: int | None
    interval: Interval | None
    confidence: float
    comparisons: int
    alone: float
    margin: float
    p_value: float | None
    spread: Spread | None
    would_tell: WouldTell | None

    @property
    def told_apart(self) -> bool:
        """Whether the evidence says which is better. False is not equality: that is a verdict of its own."""
        return self.verdict in ("better", "worse")

    def reversed(self) -> Comparison:
        """The same comparison with first and second exchanged."""
        return replace(
            self,
            verdict=OPPOSITE[self.verdict],
            difference=None if self.difference is None else 0.0 - self.difference,
            interval=None if self.interval is None else (0.0 - self.interval[1], 0.0 - self.interval[0]),
        )


def decide(interval: Interval | None, *, margin: float, higher_is_better: bool = True) -> Verdict:
    """Reads the verdict off an interval for first minus second.

    In this order: the whole interval within [-margin, margin] is "practically equal", also where it excludes zero (a
    difference too small to matter, known precisely); an interval that excludes zero is "better" or "worse"; all else
    is "cannot tell". As the intervals hold jointly at their confidence, so do all these claims.

    Example:
        >>> decide((0.004, 0.009), margin=0.002), decide((-0.001, 0.001), margin=0.002), decide((-0.01, 0.03), margin=0)
        ('better', 'practically equal', 'cannot tell')

    References:
        Schuirmann (1987), "A comparison of the two one-sided tests procedure and the power approach", Journal of
        Pharmacokinetics and Biopharmaceutics 15 (equality within a margin, read off an interval).
    """
    if interval is None:
        return "cannot tell"
    low, high = interval
    if -margin <= low and high <= margin:
        return "practically equal"
    if low > 0:
        return "better" if higher_is_better else "worse"
    if high < 0:
        return "worse" if higher_is_better else "better"
    return "cannot tell"
