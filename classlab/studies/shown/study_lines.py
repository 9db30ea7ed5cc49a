"""A study told in plain lines, not more than one in a few seconds: what fits into a log file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from classlab.files.unfailing_stream import UnfailingStream
from classlab.studies.shown.epoch_lines import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.studies.work.study_progress import ArmProgress, StudyReport

_EVERY = 5.0  # seconds between lines; a study of an hour gives some 700


class StudyLines:
    """Writes a line after the first epoch, after the last, and every few seconds in between.

    Args:
        stream: where to.
        clock: seconds that only ever grow.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = UnfailingStream(stream), clock
        self._last: float | None = None

    def study_moved(self, report: StudyReport) -> None:
        """Writes a line, if it is time for one."""
        now = self._clock()
        over = report.done == report.runs
        if report.seconds_left is None or not (over or self._last is None or now - self._last >= _EVERY):
            return
        self._last = now
        self._stream.write(plain_line(report) + "\n")
        self._stream.flush()


def plain_line(report: StudyReport) -> str:
    """Where a study stands, in one line."""
    parts = [f"{report.done} of {report.runs} runs kept"]
    if report.done < report.runs:
        parts.append(f"population {report.population} of {report.populations}, epoch {report.epoch}/{report.epochs}")
    known = [arm for arm in report.arms if "val_accuracy" in arm.figures]
    if known:
        best: ArmProgress = max(known, key=lambda arm: arm.figures["val_accuracy"])
        parts.append(f"best validation accuracy {best.figures['val_accuracy']:.4f} ({best.name})")
    return ", ".join([*parts, times(report)])


def times(report: StudyReport) -> str:
    """Time spent, and time left while there is some."""
    spent = duration(report.seconds)
    if report.seconds_left is None or report.done == report.runs:
        return spent
    return f"{spent}, about {duration(report.seconds_left)} left"
