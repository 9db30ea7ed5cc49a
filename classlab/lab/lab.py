"""The lab: the steps of the course in their order, their studies trained into a store, and one report on them."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classlab.analysis.samples import ended_well
from classlab.errors import SpecError
from classlab.extras import installed
from classlab.lab.document import lab_document, lessons_of
from classlab.lab.step import Results
from classlab.lab.steps import clothes, convolution, generalization, look, optimizers, perceptrons, predictions
from classlab.studies.work.study_progress import Unwatched
from classlab.studies.work.sweep import run_study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from classlab.lab.setting import Setting
    from classlab.lab.step import LabSearch, LabStudy, Step, StepReport
    from classlab.lab.taught import Taught
    from classlab.options.words import DeviceName
    from classlab.records import StudyRecord
    from classlab.reports.document import Document
    from classlab.search.search_progress import SearchObserver
    from classlab.studies.store.store import Store
    from classlab.studies.work.study_progress import StudyObserver

STEPS: tuple[Step, ...] = tuple(
    module.STEP for module in (look, optimizers, generalization, predictions, perceptrons, clothes, convolution)
)


def chosen_steps(numbers: Sequence[int] | None) -> tuple[Step, ...]:
    """The steps of these numbers, in the order of the course.

    Args:
        numbers: from 1; None for all.

    Raises:
        SpecError: there is no such step.
    """
    if numbers is None:
        return STEPS
    unknown = [number for number in numbers if number not in range(1, len(STEPS) + 1)]
    if unknown or not numbers:
        raise SpecError(
            f"`only` must name steps from 1 to {len(STEPS)}, but got only={list(numbers)}. "
            "Give 2,5, for example, for two of them."
        )
    return tuple(step for step in STEPS if step.number in numbers)


def studies_of(steps: Sequence[Step], setting: Setting) -> tuple[LabStudy, ...]:
    """Every study that these steps need, each once."""
    found = {study.topic: study for step in steps for study in step.studies(setting)}
    return tuple(found.values())


@dataclass(frozen=True, kw_only=True, eq=False)
class Lab:
    """What came of the lab.

    Args:
        setting: images, seeds and sizes.
        studies: what was measured, by topic.
        written: the steps with what came of them.
        lessons: the same as they are taught.
        document: the whole report.
    """

    setting: Setting
    studies: Mapping[str, StudyRecord]
    written: tuple[tuple[Step, StepReport], ...]
    lessons: tuple[Taught, ...]
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
    watch_search: Callable[[], AbstractContextManager[SearchObserver]] | None = None,
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
        watch_search: the same for a search.
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
    if installed("optuna"):
        for asked in (step.search(results) for step in steps if step.search is not None):
            results = _searched(
                asked, results, store=store, watch=(watch, watch_search), say=say, device=device, command=command
            )
    written = tuple((step, step.write(results)) for step in steps)
    document = lab_document(setting, written, results.studies, command=command)
    lessons = lessons_of(setting, written, command=command)
    return Lab(setting=setting, studies=results.studies, written=written, lessons=lessons, document=document)


def _searched(
    asked: LabSearch,
    results: Results,
    *,
    store: Store,
    watch: tuple[
        Callable[[], AbstractContextManager[StudyObserver]] | None,
        Callable[[], AbstractContextManager[SearchObserver]] | None,
    ],
    say: Callable[[str], None] | None,
    device: DeviceName,
    command: str,
) -> Results:
    """The results with one more search and the study of its finalists; what the store holds is not trained again."""
    from classlab.search.search import Search

    search = Search(
        draft=asked.draft, dataset=asked.dataset, store=store, folder=store.root, device=device, command=command
    )
    if say is not None:
        say(f"Search: {search.spec.name}, {search.spec.budget.epochs} epochs. {search.spec.question}")
    of_study, of_search = watch
    with of_search() if of_search is not None else nullcontext(None) as searched:
        record = search.search(searched)
    with of_study() if of_study is not None else nullcontext(Unwatched()) as observer:
        study = search.judge(observer, beside=asked.beside, name=asked.name)
    if study is None:
        return results
    return replace(
        results,
        studies={**results.studies, asked.topic: study},
        searches={**results.searches, asked.topic: record},
    )
