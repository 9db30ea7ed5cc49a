"""What short trainings said of learning rates: one figure per rate and seed, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from statistics import fmean

from classlab.records.base import Record


@dataclass(frozen=True, kw_only=True)
class RateTrial(Record):
    """One learning rate.

    Args:
        learning_rate: of every run.
        losses: validation loss after the short training, one per seed; not finite where the run diverged.
    """

    learning_rate: float
    losses: tuple[float, ...]

    @property
    def diverged(self) -> int:
        """How many of the runs did."""
        return sum(not isfinite(loss) for loss in self.losses)

    @property
    def mean(self) -> float:
        """Over the seeds; infinite where one diverged."""
        return float("inf") if self.diverged else fmean(self.losses)


@dataclass(frozen=True, kw_only=True)
class RateSuggestion(Record):
    """What to begin with.

    Args:
        low: lower end of the range.
        rate: the one to take where only one is wanted.
        high: upper end: the rate with the lowest loss in the short trainings.
    """

    low: float
    rate: float
    high: float


@dataclass(frozen=True, kw_only=True)
class RateSearch(Record):
    """The learning rates of one optimizer.

    Args:
        optimizer: Keras's name in lower case.
        data: the dataset's name.
        model: the network's name.
        steps: that every run took.
        batch_size: images per step.
        seeds: runs per rate.
        images: validation images behind every loss.
        trials: by ascending learning rate.
        suggestion: None where no rate lowered the loss.
        reason: why that range, or why none, as sentences.
        seconds: wall time of all trainings together.
    """

    optimizer: str
    data: str
    model: str
    steps: int
    batch_size: int
    seeds: int
    images: int
    trials: tuple[RateTrial, ...]
    suggestion: RateSuggestion | None
    reason: str
    seconds: float
