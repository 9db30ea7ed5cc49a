"""Who tells the user how far a training or a study is: a live table on a terminal, plain lines elsewhere, or nobody.

The doctor looks on: what it finds above INFO is one line each, as soon as it is known, and once.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TextIO

from classlab.cli.text import printable
from classlab.doctor.callback_text import finding_line
from classlab.doctor.diagnose import diagnose_case
from classlab.doctor.merging import merge_alike
from classlab.doctor.run_case import case_of_training
from classlab.records.plain import state_words
from classlab.records.progress import Silent, StepObserver
from classlab.search.search_progress import SearchLines, search_line
from classlab.search.search_progress import Unwatched as UnwatchedSearch
from classlab.studies.shown.progress_lines import (
    ARMS_HEADER,
    SHOWN_FIGURES,
    EpochLines,
    StudyLines,
    arm_row,
    figure_cell,
    population_words,
    step_line,
    times,
)
from classlab.studies.work.study_progress import StepwiseObserver, Unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Group
    from rich.live import Live
    from rich.table import Table

    from classlab.records import RunSpec
    from classlab.records.finding import Finding
    from classlab.records.progress import EpochReport, MemberProgress, Observer, StepReport
    from classlab.search.search_progress import SearchObserver, SearchReport
    from classlab.studies.work.study_progress import ArmProgress, StudyObserver, StudyReport

_SHOWN = 16  # rows of a live table; a line counts the others
_WORDS = ("member", "arm", "state")  # columns without figures
# What goes on looks unfinished: these say something about a training that has ended.
_AT_THE_END = ("I12", "I13", "I14")


@contextmanager
def progress(*, quiet: bool, specs: Sequence[RunSpec] = (), stream: TextIO | None = None) -> Iterator[Observer]:
    """Gives the observer of a training that fits the place where narration goes, and lets the doctor look on.

    Args:
        quiet: say nothing.
        specs: the runs, for the doctor; without them it does not look.
        stream: where to narrate; standard error where it is None.
    """
    stream = stream or sys.stderr
    if quiet:
        yield Silent()
        return
    with _display(stream) as (live, say):
        inner: Observer = EpochLines(stream) if live is None else LiveProgress(live)
        yield WatchedTraining(inner, specs, say) if specs else inner


@contextmanager
def sweep_progress(*, quiet: bool, stream: TextIO | None = None) -> Iterator[StudyObserver]:
    """The same for a study.

    Args:
        quiet: say nothing.
        stream: where to narrate; standard error where it is None.
    """
    stream = stream or sys.stderr
    if quiet:
        yield Unwatched()
        return
    with _display(stream) as (live, say):
        yield WatchedStudy(StudyLines(stream) if live is None else LiveStudy(live), say)


@contextmanager
def search_progress(*, quiet: bool, stream: TextIO | None = None) -> Iterator[SearchObserver]:
    """The same for a search.

    Args:
        quiet: say nothing.
        stream: where to narrate; standard error where it is None.
    """
    stream = stream or sys.stderr
    if quiet:
        yield UnwatchedSearch()
        return
    with _display(stream) as (live, _):
        yield SearchLines(stream) if live is None else LiveSearch(live)


@contextmanager
def _display(stream: TextIO) -> Iterator[tuple[Live | None, Callable[[str], None]]]:
    """A live display where somebody looks on, and what prints a line above it, or where there is none at the end."""
    if not stream.isatty():
        yield None, partial(print, file=stream, flush=True)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    # The display is left on the screen when it ends, also when a signal ends it, and the cursor comes back.
    with Live(console=Console(file=stream), auto_refresh=False) as live:
        yield live, lambda line: live.console.print(Text(line))  # what stands in a line is no mark-up


class LiveProgress:
    """A small table of the members that is redrawn after every epoch, and below it how far the next one is."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._last: EpochReport | None = None

    def epoch_finished(self, report: EpochReport) -> None:
        """Redraws the table."""
        self._last = report
        self._live.update(live_table(report), refresh=True)

    def epoch_moved(self, report: StepReport) -> None:
        """Redraws what stands below it."""
        from rich.console import Group
        from rich.text import Text

        below = Text(step_line(report))
        self._live.update(below if self._last is None else Group(live_table(self._last), below), refresh=True)


class LiveStudy:
    """A table of the arms that is redrawn after every epoch, and a few times within a long one."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def study_moved(self, report: StudyReport) -> None:
        """Redraws the table."""
        self._live.update(live_display(report), refresh=True)

    study_stepped = study_moved


class LiveSearch:
    """A line that is rewritten after every epoch."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def search_moved(self, report: SearchReport) -> None:
        """Rewrites the line."""
        self._live.update(search_line(report), refresh=True)


def live_table(report: EpochReport) -> Table:
    """The live display of a training: one row per member, with the epoch and the times above."""
    rows = [
        (member.label, *(figure_cell(member.figures, key) for key, _ in SHOWN_FIGURES), state_words(member.state))
        for member in report.members[:_SHOWN]
    ]
    table = _table(("member", *(title for _, title in SHOWN_FIGURES), "state"), rows, of=len(report.members))
    table.title = f"epoch {report.epoch} of {report.epochs}   {times(report, over=report.epoch >= report.epochs)}"
    table.title_justify = "left"
    return table


def live_display(report: StudyReport) -> Group:
    """The live display of a study: runs and times, and below them one row per arm."""
    from rich.console import Group
    from rich.text import Text

    title = (
        f"{report.done} of {report.runs} runs kept   {population_words(report)}   "
        f"{times(report, over=report.done == report.runs)}"
    )
    rows = [arm_row(arm) for arm in _shown_arms(report.arms)]
    return Group(Text(title), _table(ARMS_HEADER, rows, of=len(report.arms)))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, of: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None)
    for heading in header:
        table.add_column(heading, justify="left" if heading in _WORDS else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))  # an arm's name is the user's own text, with brackets of its own
    if of > len(rows):
        table.add_row(f"and {of - len(rows)} more")
    return table


def _shown_arms(arms: tuple[ArmProgress, ...]) -> list[ArmProgress]:
    """The arms that move, then the finished ones, then those that wait; each in the study's order."""
    if len(arms) <= _SHOWN:
        return list(arms)
    return sorted(arms, key=lambda arm: (not arm.epoch, arm.done == 0))[:_SHOWN]


class DoctorLines:
    """Looks at every run of a population after every epoch, and says what is new and above INFO.

    What several arms show after one epoch is one line.

    Args:
        say: prints one line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: set[tuple[str, str]] = set()

    def look(self, specs: Sequence[RunSpec], arms: Sequence[str], report: EpochReport) -> None:
        """Examines every member.

        Args:
            specs: the runs, by the members' indices.
            arms: the arm of each; "" where there are none.
            report: where they stand.
        """
        new = []
        for member in report.members:
            spec, arm = specs[member.index], arms[member.index]
            for finding in _findings(spec, arm, member):
                if (finding.rule, arm) not in self._said:
                    self._said.add((finding.rule, arm))
                    new.append(finding)
        for finding in merge_alike(new):
            self._say(printable(finding_line(finding)))


class WatchedTraining:
    """An observer of `classlab train` with the doctor beside it.

    Args:
        inner: who tells the user how far the training is.
        specs: the runs.
        say: prints one line.
    """

    def __init__(self, inner: Observer, specs: Sequence[RunSpec], say: Callable[[str], None]) -> None:
        self._inner, self._specs, self._doctor = inner, specs, DoctorLines(say)

    def training_began(self, report: EpochReport) -> None:
        """Facts are known before the first step."""
        self._doctor.look(self._specs, [""] * len(self._specs), report)

    def epoch_moved(self, report: StepReport) -> None:
        """Passes the report on."""
        if isinstance(self._inner, StepObserver):
            self._inner.epoch_moved(report)

    def epoch_finished(self, report: EpochReport) -> None:
        """First the figures, then what they say."""
        self._inner.epoch_finished(report)
        self._doctor.look(self._specs, [""] * len(self._specs), report)


class WatchedStudy:
    """An observer of `classlab sweep` with the doctor beside it.

    Args:
        inner: who tells the user how far the study is.
        say: prints one line.
    """

    def __init__(self, inner: StudyObserver, say: Callable[[str], None]) -> None:
        self._inner, self._doctor = inner, DoctorLines(say)

    def study_moved(self, report: StudyReport) -> None:
        """Passes the report on."""
        self._inner.study_moved(report)

    def study_stepped(self, report: StudyReport) -> None:
        """Passes the report on."""
        if isinstance(self._inner, StepwiseObserver):
            self._inner.study_stepped(report)

    def population_moved(self, specs: Sequence[RunSpec], arms: Sequence[str], report: EpochReport) -> None:
        """Looks at the runs that train now."""
        self._doctor.look(specs, arms, report)


def _findings(spec: RunSpec, arm: str, member: MemberProgress) -> list[Finding]:
    noted = member.diagnostics
    if noted is None or "train" not in noted.splits:
        return []
    case = case_of_training(
        spec,
        classes=len(noted.splits["train"].class_counts),
        diagnostics=noted,
        history={name: tuple(figures) for name, figures in member.history.items()},
        epochs_done=len(member.history.get("loss", ())),
        diverged=member.state == "diverged",
        arm=arm,
    )
    found = diagnose_case(case, subject="training", without=_AT_THE_END).findings
    return [finding for finding in found if finding.severity != "INFO"]
