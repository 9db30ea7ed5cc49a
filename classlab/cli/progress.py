"""Who tells the user how far a training is: a live display on a terminal, plain lines elsewhere, or nobody."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TextIO

from classlab.cli.doctor_lines import WatchedTraining

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.live import Live
    from rich.table import Table

    from classlab.records import RunSpec
    from classlab.records.progress import EpochReport, MemberProgress, Observer

_SHOWN_MEMBERS = 16  # rows of the live display; a line counts the others


@contextmanager
def progress(*, quiet: bool, specs: Sequence[RunSpec] = (), stream: TextIO | None = None) -> Iterator[Observer]:
    """Gives the observer that fits the place where narration goes, and lets the doctor look on.

    Args:
        quiet: say nothing.
        specs: the runs, for the doctor; without them it does not look.
        stream: where to narrate; standard error where it is None.
    """
    stream = stream or sys.stderr
    if quiet:
        from classlab.records.progress import Silent

        yield Silent()
    elif stream.isatty():
        from rich.console import Console
        from rich.live import Live

        # The display is left on the screen when it ends, also when a signal ends it, and the cursor comes back.
        with Live(console=Console(file=stream), auto_refresh=False) as live:
            yield _watched(LiveProgress(live), specs, partial(print_above, live))
    else:
        from classlab.studies.shown.progress_lines import EpochLines

        yield _watched(EpochLines(stream), specs, partial(print, file=stream, flush=True))


def _watched(inner: Observer, specs: Sequence[RunSpec], say: Callable[[str], None]) -> Observer:
    return WatchedTraining(inner, specs, say) if specs else inner


def print_above(live: Live, line: str) -> None:
    """Prints a line above a live display; what stands in it is no markup."""
    from rich.text import Text

    live.console.print(Text(line))


class LiveProgress:
    """A small table that is redrawn after every epoch."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def epoch_finished(self, report: EpochReport) -> None:
        """Redraws the table."""
        self._live.update(live_table(report), refresh=True)


def live_table(report: EpochReport) -> Table:
    """The live display: one row per member, with the epoch and the times above."""
    from rich.table import Table

    from classlab.studies.shown.progress_lines import SHOWN_FIGURES, times

    table = Table(
        title=f"epoch {report.epoch} of {report.epochs}   {times(report, over=report.epoch >= report.epochs)}",
        title_justify="left",
        box=None,
    )
    for title in ("member", *(title for _, title in SHOWN_FIGURES), "state"):
        table.add_column(title, justify="left" if title in ("member", "state") else "right", no_wrap=True)
    for member in report.members[:_SHOWN_MEMBERS]:
        table.add_row(member.label, *_cells(member), member.state.replace("_", " "))
    if len(report.members) > _SHOWN_MEMBERS:
        table.add_row(f"and {len(report.members) - _SHOWN_MEMBERS} more")
    return table


def _cells(member: MemberProgress) -> list[str]:
    from classlab.studies.shown.progress_lines import SHOWN_FIGURES

    return [f"{member.figures[key]:.4f}" if key in member.figures else "-" for key, _ in SHOWN_FIGURES]
