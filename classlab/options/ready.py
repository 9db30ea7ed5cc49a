"""The shapes of ready objects that Python may give in place of a name; their records stand above this room."""

from __future__ import annotations

from typing import Protocol


class ReadyOptimizer(Protocol):
    """One of `classlab.records.optimizers`."""

    @property
    def learning_rate(self) -> float:
        """The base rate."""


class ReadySchedule(Protocol):
    """One of `classlab.records.schedules`."""

    @property
    def warmup_epochs(self) -> float:
        """Epochs over which the rate rises first."""


class ReadyLoss(Protocol):
    """A `classlab.records.Loss`."""

    @property
    def from_logits(self) -> bool:
        """Whether it takes raw scores."""


class ReadyStopping(Protocol):
    """A `classlab.records.EarlyStopping`."""

    @property
    def patience(self) -> int:
        """Epochs without gain."""
