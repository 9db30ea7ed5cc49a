"""What training reports while it runs: one report per population and epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from classlab.records.base import Record


@dataclass(frozen=True, kw_only=True)
class MemberProgress(Record):
    """Where one member of a population stands.

    Args:
        label: what tells this member from its neighbours, as in `seed 0`.
        state: training, or how the member ended.
        figures: the epoch's figures under Keras's names: loss, accuracy, val_loss, val_accuracy.
    """

    label: str
    state: str
    figures: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class EpochReport(Record):
    """A finished epoch of a population.

    Args:
        epoch: epochs finished, from 1.
        epochs: epochs planned (the longest member's).
        members: every member, those that ended included.
        seconds: wall time since training began, in seconds, earlier sessions of a resumed run not counted.
        seconds_left: expected wall time until the population ends, in seconds.
    """

    epoch: int
    epochs: int
    members: tuple[MemberProgress, ...]
    seconds: float
    seconds_left: float


class Observer(Protocol):
    """Whoever watches a training."""

    def epoch_finished(self, report: EpochReport) -> None:
        """Called after every epoch, once its checkpoint is on disk."""


class Silent:
    """Watches nothing."""

    def epoch_finished(self, report: EpochReport) -> None:
        """Ignores the report."""
