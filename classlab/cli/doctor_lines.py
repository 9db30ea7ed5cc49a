"""Findings while a training goes on: one line each, as soon as it is known, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.records import RunSpec
    from classlab.records.finding import Finding
    from classlab.records.progress import EpochReport, MemberProgress, Observer
    from classlab.studies.work.study_progress import StudyObserver, StudyReport

# What goes on looks unfinished: these say something about a training that has ended.
_AT_THE_END = ("I12", "I13", "I14")


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
        from classlab.doctor.callback_text import finding_line
        from classlab.doctor.merging import merge_alike

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

    def population_moved(self, specs: Sequence[RunSpec], arms: Sequence[str], report: EpochReport) -> None:
        """Looks at the runs that train now."""
        self._doctor.look(specs, arms, report)


def _findings(spec: RunSpec, arm: str, member: MemberProgress) -> list[Finding]:
    from classlab.doctor.diagnose import diagnose_case
    from classlab.doctor.run_case import case_of_training

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
