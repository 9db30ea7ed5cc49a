"""A training or a study told in plain lines: what fits into a log file, and beside the bar of a notebook."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from classlab.analysis.numbers import duration, figure
from classlab.files.unfailing_stream import UnfailingStream
from classlab.studies.shown.notebook_bar import NotebookBar, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from classlab.records.progress import EpochReport, StepReport
    from classlab.studies.work.study_progress import ArmProgress, StudyReport

SHOWN_FIGURES = (
    ("loss", "loss"),
    ("accuracy", "accuracy"),
    ("val_loss", "val loss"),
    ("val_accuracy", "val accuracy"),
)
ARMS_HEADER = ("arm", "runs", "epoch", "accuracy", "val loss", "val accuracy", "state")
_EVERY = 5.0  # seconds between lines of a study; one of an hour gives some 700
_ANEW = 0.25  # seconds until a bar is drawn anew: it moves, and a kernel's messages do not pile up


class PacedLines:
    """Writes a first line at once, and from then on one every few seconds; a bar is drawn anew more often.

    Args:
        place: where to: a stream takes one line below the other, a bar shows the last of them.
        clock: seconds that only ever grow.
    """

    def __init__(self, place: TextIO | NotebookBar, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._bar = place if isinstance(place, NotebookBar) else None
        self._stream = None if isinstance(place, NotebookBar) else UnfailingStream(place)
        self._every, self._clock = _EVERY if self._bar is None else _ANEW, clock
        self._last: float | None = None

    def write(self, line: Callable[[], str], *, share: float = 0.0, over: bool = False, within: bool = False) -> None:
        """Writes what `line` gives if it is time, always where all is `over`, never at once `within` an epoch.

        Args:
            line: gives the line.
            share: of the whole that is done, from 0 to 1.
            over: whether nothing else is to come.
            within: whether an epoch is under way.
        """
        now = self._clock()
        if within and self._last is None:
            self._last = now
        if over or self._last is None or now - self._last >= self._every:
            self._last = now
            if self._bar is not None:
                self._bar.show(Standing(share, line()))
            else:
                print(line(), file=self._stream, flush=True)


class EpochLines(PacedLines):
    """Writes a line after every epoch, and every few seconds within a long one."""

    def epoch_finished(self, report: EpochReport) -> None:
        """Writes the epoch's line."""
        self.write(lambda: epoch_line(report), share=report.epoch / report.epochs, over=True)

    def epoch_moved(self, report: StepReport) -> None:
        """Writes a line, if it is time for one."""
        share = (report.epoch - 1 + report.share) / report.epochs
        self.write(lambda: step_line(report), share=share, within=True)


class StudyLines(PacedLines):
    """Writes a line after the first epoch of a study, after the last, and every few seconds in between."""

    def study_moved(self, report: StudyReport) -> None:
        """Writes a line, if it is time for one."""
        if report.epoch > 0 or report.seconds_left is not None:
            self.write(lambda: study_line(report), share=study_share(report), over=report.done == report.runs)

    def study_stepped(self, report: StudyReport) -> None:
        """Writes a line, if it is time for one."""
        self.write(lambda: study_line(report), share=study_share(report), within=True)


def study_share(report: StudyReport) -> float:
    """How much of a study is done, by epochs where these are known and else by runs."""
    if report.all_epochs:
        return report.all_finished / report.all_epochs
    return report.done / report.runs


def epoch_line(report: EpochReport) -> str:
    """An epoch in one line: of one member its figures, of several the range of each figure."""
    parts = [f"epoch {report.epoch}/{report.epochs}"]
    if len(report.members) > 1:
        active = sum(member.state == "training" for member in report.members)
        parts.append(f"{len(report.members)} members ({active} training)")
    for key, title in SHOWN_FIGURES:
        values = [member.figures[key] for member in report.members if key in member.figures]
        if values:
            low, high = figure(min(values)), figure(max(values))
            parts.append(f"{title} {low}" if low == high else f"{title} {low}..{high}")
    return ", ".join([*parts, times(report, over=report.epoch >= report.epochs)])


def step_line(report: StepReport) -> str:
    """The part of an epoch that is done, in one line."""
    parts = [f"epoch {report.epoch}/{report.epochs}, batch {report.step}/{report.steps}"]
    for key, title in SHOWN_FIGURES:
        values = [figures[key] for figures in report.figures.values() if key in figures]
        if values:
            low, high = figure(min(values)), figure(max(values))
            parts.append(f"{title} so far {low}" if low == high else f"{title} so far {low}..{high}")
    return ", ".join([*parts, times(report, over=False)])


def study_line(report: StudyReport) -> str:
    """Where a study stands, in one line."""
    parts = [f"{report.done} of {report.runs} runs kept"]
    if report.done < report.runs:
        parts.append(population_words(report, of="/"))
    known = [arm for arm in report.arms if "val_accuracy" in arm.figures]
    if known:
        best: ArmProgress = max(known, key=lambda arm: arm.figures["val_accuracy"])
        parts.append(f"best validation accuracy {best.figures['val_accuracy']:.4f} ({best.name})")
    return ", ".join([*parts, times(report, over=report.done == report.runs)])


def arm_row(arm: ArmProgress) -> tuple[str, ...]:
    """Where one arm stands, under `ARMS_HEADER`."""
    figures = (figure_cell(arm.figures, key) for key in ("accuracy", "val_loss", "val_accuracy"))
    return (arm.name, f"{arm.done}/{arm.runs}", f"{arm.epoch}/{arm.epochs}", *figures, _state(arm))


def _state(arm: ArmProgress) -> str:
    if arm.epoch:
        return "training"
    if arm.trouble:
        return f"{arm.trouble} diverged or failed"
    return "done" if arm.done == arm.runs else "waiting"


def figure_cell(figures: Mapping[str, float], key: str) -> str:
    """A figure, or a dash where there is none yet."""
    return figure(figures[key]) if key in figures else "-"


def population_words(report: StudyReport, *, of: str = " of ") -> str:
    """Which population trains and its epoch, or how many are trained where several train at a time."""
    if not report.epochs:
        return f"{report.population - 1} of {report.populations} populations trained"
    population = f"population {report.population} of {report.populations}"
    if report.steps:
        return f"{population}, epoch {report.epoch + 1}{of}{report.epochs}, batch {report.step}{of}{report.steps}"
    return f"{population}, epoch {report.epoch}{of}{report.epochs}"


def times(report: EpochReport | StepReport | StudyReport, *, over: bool) -> str:
    """Time spent, and unless it is over the time left, where that is known."""
    spent = duration(report.seconds)
    return spent if over or report.seconds_left is None else f"{spent}, about {duration(report.seconds_left)} left"
