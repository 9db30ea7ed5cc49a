"""Who tells the user how far a study is: a live table of its arms on a terminal, plain lines elsewhere, or nobody."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TextIO

from classlab.cli.doctor_lines import WatchedStudy
from classlab.cli.progress import print_above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Group
    from rich.live import Live

    from classlab.studies.work.study_progress import ArmProgress, StudyObserver, StudyReport

_SHOWN_ARMS = 16  # rows of the live display; a line counts the others


@contextmanager
def sweep_progress(*, quiet: bool, stream: TextIO | None = None) -> Iterator[StudyObserver]:
    """Gives the observer that fits the place where narration goes.

    Args:
        quiet: say nothing.
        stream: where to narrate; standard error where it is None.
    """
    stream = stream or sys.stderr
    if quiet:
        from classlab.studies.work.study_progress import Unwatched

        yield Unwatched()
    elif stream.isatty():
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(file=stream), auto_refresh=False) as live:
            yield WatchedStudy(LiveStudy(live), partial(print_above, live))
    else:
        from classlab.studies.shown.progress_lines import StudyLines

        yield WatchedStudy(StudyLines(stream), partial(print, file=stream, flush=True))


class LiveStudy:
    """A table of the arms that is redrawn after every epoch."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def study_moved(self, report: StudyReport) -> None:
        """Redraws the table."""
        self._live.update(live_display(report), refresh=True)


def live_display(report: StudyReport) -> Group:
    """The live display: runs and times, and below them one row per arm."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from classlab.studies.shown.progress_lines import times

    title = (
        f"{report.done} of {report.runs} runs kept   population {report.population} of {report.populations}, "
        f"epoch {report.epoch} of {report.epochs}   {times(report, over=report.done == report.runs)}"
    )
    table = Table(box=None)
    for heading in ("arm", "runs", "epoch", "accuracy", "val loss", "val accuracy", "state"):
        table.add_column(heading, justify="left" if heading in ("arm", "state") else "right", no_wrap=True)
    # An arm's name is the user's own text: rich must not read brackets in it as its mark-up.
    for arm in _shown(report.arms):
        figures = (_figure(arm, key) for key in ("accuracy", "val_loss", "val_accuracy"))
        table.add_row(Text(arm.name), f"{arm.done}/{arm.runs}", f"{arm.epoch}/{arm.epochs}", *figures, _state(arm))
    if len(report.arms) > _SHOWN_ARMS:
        table.add_row(f"and {len(report.arms) - _SHOWN_ARMS} more")
    return Group(Text(title), table)


def _shown(arms: tuple[ArmProgress, ...]) -> list[ArmProgress]:
    """The arms that move, then the finished ones, then those that wait; each in the study's order."""
    if len(arms) <= _SHOWN_ARMS:
        return list(arms)
    return sorted(arms, key=lambda arm: (not arm.epoch, arm.done == 0))[:_SHOWN_ARMS]


def _state(arm: ArmProgress) -> str:
    if arm.epoch:
        return "training"
    if arm.trouble:
        return f"{arm.trouble} diverged or failed"
    return "done" if arm.done == arm.runs else "waiting"


def _figure(arm: ArmProgress, key: str) -> str:
    return f"{arm.figures[key]:.4f}" if key in arm.figures else "-"
