"""A step of the lab: the studies that it needs, what they measured, and what it writes about that."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol, cast

from classlab.analysis import analyse
from classlab.analysis.samples import ended_well
from classlab.records.study import Arm, StudySpec
from classlab.reports.figures.curves import curves, curves_figure
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.asked.spec_options import run_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from classlab.analysis import Analysis
    from classlab.datasets.dataset import Dataset
    from classlab.lab.lesson import Lesson
    from classlab.lab.setting import Setting
    from classlab.options.table import TrainingOptions
    from classlab.records import Architecture, Figures, RunRecord, StudyRecord
    from classlab.records.search import Candidate, SearchRecord
    from classlab.records.study import Setting as ArmSetting
    from classlab.reports.document import Block, Figure
    from classlab.search.search_file import SearchDraft
    from classlab.studies.runs.run import Run

Part = Literal["training", "fitted", "validation", "test"]
OPTIMIZER_TITLES = {"sgd": "SGD", "adam": "Adam", "rmsprop": "RMSprop"}


@dataclass(frozen=True, kw_only=True, eq=False)
class LabStudy:
    """A study that a step needs.

    Args:
        topic: what it is about, unique within the lab.
        spec: arms, seeds and question.
        dataset: the images.
    """

    topic: str
    spec: StudySpec
    dataset: Dataset


@dataclass(frozen=True, kw_only=True, eq=False)
class LabSearch:
    """A search that a step makes after its studies.

    Args:
        topic: what it is about, unique within the lab; that of the study of its finalists, too.
        draft: the space and the budget.
        dataset: the images.
        beside: arms that are trained and judged with the finalists.
        name: what a finalist is called.
    """

    topic: str
    draft: SearchDraft
    dataset: Dataset
    beside: tuple[Arm, ...]
    name: Callable[[Candidate], str]


@dataclass(frozen=True, kw_only=True, eq=False)
class StepReport:
    """What came of a step.

    Args:
        pictures: what is looked at before the answer.
        brief: the answer in two or three sentences, the most important first.
        details: all the rest: tables, intervals, reasons.
        answers: everything that is said, in a sentence each, for programs.
        held: place of the prediction that the figures bear out; None where they leave it open.
        decides: the sentences with the figures that decide the prediction, where the answer does not begin with them.
        short: what a reader who stays for one screen must see.
        figure: the picture that goes with it.
        terminal: what a terminal shows for a picture.
        table: rows for a program that reads CSV, with a header; empty for none.
    """

    pictures: tuple[Block, ...] = ()
    brief: tuple[str, ...]
    details: tuple[Block, ...] = ()
    answers: tuple[str, ...]
    held: int | None = None
    decides: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    figure: Figure | None = None
    terminal: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """A step.

    Args:
        number: as in the course, from 1.
        title: heading of its section.
        lesson: what it asks and teaches.
        studies: what it needs to have measured; two steps may need the same study.
        write: from what was measured to its part of the report.
        search: from the measured studies to what is searched; None for nothing.
    """

    number: int
    title: str
    lesson: Lesson
    studies: Callable[[Setting], tuple[LabStudy, ...]]
    write: Callable[[Results], StepReport]
    search: Callable[[Results], LabSearch] | None = None


class RunSource(Protocol):
    """Whoever hands out trained runs, such as a store."""

    def run(self, identity: str) -> Run:
        """A run with its weights and predictions."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """The measured studies of the lab, and the trained runs behind them.

    Args:
        setting: images, seeds and sizes.
        studies: by topic, those of the searches' finalists too.
        source: where the runs are.
        searches: by topic; empty where Optuna is not installed.
    """

    setting: Setting
    studies: Mapping[str, StudyRecord]
    source: RunSource
    searches: Mapping[str, SearchRecord] = field(default_factory=dict)

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """The reading of each study, by topic: the one that its own report shows."""
        return {topic: analyse(study) for topic, study in self.studies.items()}


def lab_arm(
    name: str,
    dataset: Dataset,
    *,
    settings: dict[str, ArmSetting],
    options: TrainingOptions,
    model: str | Architecture = "linear",
    units: str | None = None,
) -> Arm:
    """Builds an arm from the same plain options as everywhere else.

    Args:
        name: what tables and sentences call it.
        dataset: the images.
        settings: the options that tell it from the other arms; the `scale` of its pixels is a layer of its network.
        options: those that it has in common with the others.
        model: a built-in name or an architecture.
        units: widths of the hidden layers, as in `128,64`, where the arms have them in common.
    """
    own = {key: value for key, value in settings.items() if key not in ("units", "activation", "scale")}
    widths, activation = settings.get("units", units), settings.get("activation")
    choice = choose_model(
        model,
        dataset,
        units=None if widths is None else [int(width) for width in str(widths).split(",")],
        activation=None if activation is None else str(activation),
    )
    chosen = cast("TrainingOptions", {**options, **own})
    (spec,) = run_specs(dataset, choice.architecture, seeds=(0,), options=chosen)
    return Arm(name=name, settings=settings, spec=spec)


def lab_study(
    setting: Setting, *, step: int, topic: str, dataset: Dataset, question: str, arms: Sequence[Arm]
) -> LabStudy:
    """Puts arms together to a study with the lab's seeds."""
    name, seeds = setting.study_name(step, topic, dataset.name), setting.run_seeds(step)
    return LabStudy(
        topic=topic, dataset=dataset, spec=StudySpec(name=name, question=question, arms=tuple(arms), seeds=seeds)
    )


def arm_names(study: StudyRecord) -> tuple[str, ...]:
    """Names of the arms in their order."""
    return tuple(arm.name for arm in study.spec.arms)


def runs_of(study: StudyRecord, arm: str) -> tuple[RunRecord, ...]:
    """The runs of an arm, in the order of the seeds."""
    return study.runs_of(arm_names(study).index(arm))


def accuracies(study: StudyRecord, arm: str, part: Part) -> list[float | None]:
    """Accuracy of each seed of an arm, None where the run has no good figure.

    Args:
        study: what was measured.
        arm: name of the arm.
        part: `training` is the running average over the last epoch, as Keras prints it; `fitted` is measured with
            the final weights on training images.
    """
    found = (usable_figures(record, part) for record in runs_of(study, arm))
    return [None if figures is None else figures.accuracy for figures in found]


def usable_figures(record: RunRecord, part: Part) -> Figures | None:
    """Figures of one part; None for a run that did not come to its end, whose figures would be of an earlier epoch."""
    figures: Figures | None = getattr(record, part) if ended_well(record) else None
    return figures


def first_usable(study: StudyRecord, arm: str) -> RunRecord | None:
    """The first run of an arm that came to its end."""
    return next((record for record in runs_of(study, arm) if usable_figures(record, "test") is not None), None)


def curves_of(study: StudyRecord, metric: Literal["accuracy", "loss"], *, name: str) -> Figure:
    """The curves of all arms, epoch by epoch."""
    histories = {arm: [record.history for record in runs_of(study, arm)] for arm in arm_names(study)}
    return curves_figure(curves(histories, metric), name=name)
