"""What may be said about two arms, or two trained models, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from classlab.records.base import Record
from classlab.statistics.estimate import Interval  # noqa: TC001  (pydantic reads the annotations when a record is written)

Verdict = Literal["better", "worse", "practically equal", "cannot tell"]
Method = Literal["paired t", "equal differences", "too few pairs", "exact McNemar", "McNemar"]
OPPOSITE: dict[Verdict, Verdict] = {
    "better": "worse",
    "worse": "better",
    "practically equal": "practically equal",
    "cannot tell": "cannot tell",
}


@dataclass(frozen=True, kw_only=True)
class Comparison(Record):
    """A first against a second, always as first minus second.

    Args:
        verdict: what may be said of the first; it follows from `interval` and `margin` alone (see `decide`).
        about: `arms`: holds for seeds not yet drawn. `models`: holds for these two trained models and images not
            yet seen; with another seed it may turn round.
        method: `paired t` over seeds; `equal differences` where all pairs differ by the same amount, so that no
            spread can be estimated; `too few pairs` below two; `exact McNemar` and `McNemar` on predictions.
        difference: mean of first minus second; None where no pair is complete.
        sd: sample standard deviation of the differences, over seeds or over images; None below two pairs.
        n: complete pairs: seeds where it is about arms, images where it is about models.
        excluded: pairs left out because a run had no finite figure.
        interval: for the difference; None where the evidence gives no finite one.
        confidence: that all intervals of the family hold at once.
        comparisons: size of the family of comparisons that the interval is corrected for.
        margin: differences of this size or less do not matter.
        p_value: two-sided, of no difference, for this comparison alone.
        p_adjusted: Bonferroni's for the family, the one that matches the interval: it is at most 1 - confidence just
            where the interval excludes zero.
        p_holm: Holm's for the family, never above `p_adjusted`. It says that there is a difference where the
            interval, which must also say how large, may not yet exclude zero.
        seeds_needed: where the verdict is "cannot tell": pairs of seeds at which a study like this one would tell
            with 80 % power (see `classlab.statistics.power`); None where it tells, or where no affordable number
            would, or where the spread is not known.
    """

    verdict: Verdict
    about: Literal["arms", "models"]
    method: Method
    difference: float | None
    sd: float | None
    n: int
    excluded: int
    interval: Interval | None
    confidence: float
    comparisons: int
    margin: float
    p_value: float | None
    p_adjusted: float | None
    p_holm: float | None
    seeds_needed: int | None

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
