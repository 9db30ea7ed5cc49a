"""Where a search stands, for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from classlab.analysis.numbers import counted, duration, figure
from classlab.records.base import Record
from classlab.studies.shown.progress_lines import PacedLines


@dataclass(frozen=True, kw_only=True)
class SearchReport(Record):
    """Where a search stands.

    Args:
        candidates: drawn so far, those in training included.
        training: of them, those that train now.
        epoch: epochs finished in the population that trains.
        epochs: of a whole training.
        trained: epochs of all candidates together.
        best: the objective's best figure of a whole training, or of the longest one while none is whole; None before.
        seconds: wall time of all sessions, in seconds.
        seconds_left: expected wall time until the budget is spent, in seconds; None where it cannot be told yet.
    """

    candidates: int
    training: int
    epoch: int
    epochs: int
    trained: int
    best: float | None
    seconds: float
    seconds_left: float | None


class SearchObserver(Protocol):
    """Whoever watches a search."""

    def search_moved(self, report: SearchReport) -> None:
        """Called after every epoch of a population."""


class Unwatched:
    """Watches nothing."""

    def search_moved(self, report: SearchReport) -> None:
        """Ignores the report."""


class SearchLines(PacedLines):
    """Writes a line after the first epoch of a search and every few seconds from then on."""

    def search_moved(self, report: SearchReport) -> None:
        """Writes a line, if it is time for one."""
        left = report.seconds_left
        whole = 0.0 if left is None else report.seconds + left
        self.write(lambda: search_line(report), share=report.seconds / whole if whole else 0.0)


def search_line(report: SearchReport) -> str:
    """Where a search stands, in one line."""
    parts = [
        f"{counted(report.candidates, 'candidate')} ({report.training} training, epoch {report.epoch}/{report.epochs})",
        counted(report.trained, "epoch"),
    ]
    parts += [] if report.best is None else [f"best {figure(report.best)}"]
    left = "" if report.seconds_left is None else f", about {duration(report.seconds_left)} left"
    return f"{', '.join(parts)}, {duration(report.seconds)}{left}"
