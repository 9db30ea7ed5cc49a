"""What may be said about arms whose results others measured, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.records.base import Record
from classlab.statistics.comparison import Verdict  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics.estimate import Estimate, Interval  # noqa: TC001

Pairs = Literal["all", "best"]


@dataclass(frozen=True, kw_only=True)
class JudgedArm(Record):
    """One arm.

    Args:
        name: of the arm.
        estimate: its mean over runs, with the interval over seeds.
        images_interval: Wilson's interval for one network of this mean; None where images are not known or figures
            are no shares.
    """

    name: str
    estimate: Estimate
    images_interval: Interval | None


@dataclass(frozen=True, kw_only=True)
class JudgedPair(Record):
    """First minus second.

    Args:
        first: name of the arm with the better mean.
        second: name of the other.
        verdict: what may be said of the first.
        about: `arms` over other seeds; `networks` where each arm has a single one and images tell them apart.
        paired: whether the runs were subtracted seed by seed.
        method: how the interval came about.
        difference: of the means; None where an arm has no figure.
        interval: for the difference; None where the evidence gives none.
        n: runs behind it: pairs, or runs of the first and of the second; images where it is about networks.
        runs_needed: about how many runs per arm would tell, where the verdict is "cannot tell"; None where that is not
            known or no affordable number would.
        images_half_width: how far off images alone may put the difference of two such networks, at most; None where it
            is not known.
        p_adjusted: two-sided, corrected for all pairs; None where there is no test.
    """

    first: str
    second: str
    verdict: Verdict
    about: Literal["arms", "networks"]
    paired: bool
    method: str
    difference: float | None
    interval: Interval | None
    n: tuple[int, ...]
    runs_needed: int | None
    images_half_width: float | None
    p_adjusted: float | None


@dataclass(frozen=True, kw_only=True)
class Judgement(Record):
    """The verdict on results.

    Args:
        verdict: of the first arm against the next, in a sentence's words.
        sentences: what may be said, in reading order; the first is the answer.
        notes: how the results were read.
        arms: best mean first; an arm whose runs did not all end well comes after those whose did.
        pairs: those with the first arm, or all, as was asked.
        candidates: names of the arms that may be the best.
        comparisons: how many pairs every interval is corrected for.
        confidence: that all intervals hold at once.
        margin: differences of this size or less do not matter.
        metric: name of the figure.
        higher_is_better: True for accuracies.
        shares: whether figures are shares of images.
        paired: whether runs of equal seed belong together.
        images: behind every figure; None where not known.
    """

    verdict: Verdict
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    arms: tuple[JudgedArm, ...]
    pairs: tuple[JudgedPair, ...]
    candidates: tuple[str, ...]
    comparisons: int
    confidence: float
    margin: float
    metric: str
    higher_is_better: bool
    shares: bool
    paired: bool
    images: int | None

    def __str__(self) -> str:
        return "\n".join(self.sentences)
