"""Runs the lab: its studies into a store, then its report."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.samples import ended_well
from classlab.lab.course import chosen_steps, studies_of
from classlab.lab.document import lab_document
from classlab.lab.results import Results
from classlab.studies.work.study_progress import Unwatched
from classlab.studies.work.sweep import run_study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from classlab.lab.setting import Setting
    from classlab.lab.step import Step, StepReport
    from classlab.records import StudyRecord
    from classlab.reports.document import Document
    from classlab.studies.store.store import Store
    from classlab.studies.work.study_progress import StudyObserver
    from classlab.training import DeviceName


@dataclass(frozen=True, kw_only=True, eq=False)
class Lab:
    """What came of the lab.

    Args:
        setting: images, seeds and sizes.
        studies: what was measured, by topic.
        written: the steps with what came of them.
        document: the whole report.
    """

    setting: Setting
    studies: Mapping[str, StudyRecord]
    written: tuple[tuple[Step, StepReport], ...]
    document: Document

    @property
    def whole(self) -> bool:
        """Whether every run came to its end."""
        return all(ended_well(run) for study in self.studies.values() for run in study.runs)


def run_lab(
    setting: Setting,
    *,
    store: Store,
    only: Sequence[int] | None = None,
    watch: Callable[[], AbstractContextManager[StudyObserver]] | None = None,
    say: Callable[[str], None] | None = None,
    device: DeviceName = "auto",
    command: str = "classlab lab",
) -> Lab:
    """Runs the studies of the chosen steps and writes about them.

    What the store holds is not trained again, so a lab that was stopped goes on where it was.

    Args:
        setting: images, seeds and sizes.
        store: where the runs go; open for writing.
        only: numbers of the steps; None for all.
        watch: gives, for each study anew, whom to tell how it stands.
        say: told which study begins, as a sentence.
        device: where to compute.
        command: what reproduces it.

    Raises:
        SpecError: there is no such step, or the images do not fit.
        StorageError: the store cannot be written; what is finished is kept.
    """
    steps = chosen_steps(only)
    plans = studies_of(steps, setting)
    studies: dict[str, StudyRecord] = {}
    for number, plan in enumerate(plans, start=1):
        if say is not None:
            runs = len(plan.spec.arms) * len(plan.spec.seeds)
            say(f"Study {number} of {len(plans)}: {plan.spec.name}, {runs} runs. {plan.spec.question}")
        with watch() if watch is not None else nullcontext(Unwatched()) as observer:
            studies[plan.topic] = run_study(
                plan.spec, plan.dataset, store=store, observer=observer, device=device, command=command
            )
    results = Results(setting=setting, studies=studies, source=store)
    written = tuple((step, step.write(results)) for step in steps)
    document = lab_document(setting, written, studies, command=command)
    return Lab(setting=setting, studies=studies, written=written, document=document)
