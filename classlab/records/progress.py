"""What training reports while it runs: one report per population and epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from classlab.records.base import Record
from classlab.records.diagnostics import Diagnostics


@dataclass(frozen=True, kw_only=True)
class MemberProgress(Record):
    """Where one member of a population stands.

    Args:
        label: what tells this member from its neighbours, as in `seed 0`.
        state: training, or how the member ended.
        figures: the epoch's figures under Keras's names: loss, accuracy, val_loss, val_accuracy.
        history: the figures of all epochs so far.
        diagnostics: what was noted for the doctor so far; None where nothing was.
        index: the member's place among the runs that were asked for.
    """

    label: str
    state: str
    figures: dict[str, float]
    history: dict[str, list[float]] = field(default_factory=dict)
    diagnostics: Diagnostics | None = None
    index: int = 0


@dataclass(frozen=True, kw_only=True)
class EpochReport(Record):
    """A finished epoch of a population, or its beginning.

    Args:
        epoch: epochs finished; 0 before the first step.
        epochs: epochs planned (the longest member's).
        members: every member, those that ended included.
        seconds: wall time since training began, in seconds, earlier sessions of a resumed run not counted.
        seconds_left: expected wall time until the population ends, in seconds; None before the second epoch of a
            session, because the first one is slow for reasons of its own.
    """

    epoch: int
    epochs: int
    members: tuple[MemberProgress, ...]
    seconds: float
    seconds_left: float | None


@dataclass(frozen=True, kw_only=True)
class StepReport:
    """Where a population stands within an epoch.

    Args:
        epoch: the epoch that is being trained, from 1.
        epochs: epochs planned (the longest member's).
        step: steps of it that are done, of members that do not train side by side the mean.
        steps: steps of an epoch.
        figures: loss and accuracy over the epoch so far, by the index of the members of which they are known.
        seconds: wall time since training began, in seconds, earlier sessions of a resumed run not counted.
        seconds_left: expected wall time until the population ends, in seconds.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    figures: dict[int, dict[str, float]]
    seconds: float
    seconds_left: float

    @property
    def share(self) -> float:
        """Of the epoch, from 0 to 1."""
        return self.step / self.steps


class Observer(Protocol):
    """Whoever watches a training."""

    def epoch_finished(self, report: EpochReport) -> None:
        """Called after every epoch, once its checkpoint is on disk."""


@runtime_checkable
class EarlyObserver(Observer, Protocol):
    """An observer that also wants to know what is known before the first step."""

    def training_began(self, report: EpochReport) -> None:
        """Called once, when everything is ready and no step was taken in this session."""


@runtime_checkable
class StepObserver(Observer, Protocol):
    """An observer that also wants to know how far an epoch is."""

    def epoch_moved(self, report: StepReport) -> None:
        """Called at most a few times a second, by whichever thread trains; it must not end the training."""


@runtime_checkable
class Selector(Observer, Protocol):
    """An observer that also says which members leave before their training is over, as a search does."""

    def leaving(self, report: EpochReport) -> Mapping[int, str]:
        """Called after every epoch, before its checkpoint: why members leave now, by their index."""


class Silent:
    """Watches nothing."""

    def epoch_finished(self, report: EpochReport) -> None:
        """Ignores the report."""
