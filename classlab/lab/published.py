"""The figures that one course hand-in published for the lab's studies, and how they stand beside what was measured.

Each is a single run: no seeds, no intervals, trained on all 60,000 training images and validated on the test images.
A right implementation lands near them (linear and perceptron arms within about one percentage point of accuracy, the
arms with plain SGD within about two); they are no targets. Training accuracy is Keras's running average over the last
epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, Literal, get_args

from classlab.analysis.numbers import MISSING, counted, percent, points
from classlab.lab.step import Part, accuracies, arm_names
from classlab.reports.document import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.records import StudyRecord

SOURCE_NOTE = (
    "The published figures are single runs from one course hand-in: no other seeds, no interval, trained on all "
    "60,000 training images and validated on the test images. They say where a right implementation lands, and are "
    "no targets. Training accuracy is the running average over the last epoch, as Keras prints it."
)

_HEADER = ("arm", "training, published", "ours", "difference", "test, published", "ours", "difference", "validation")


@dataclass(frozen=True, kw_only=True)
class PublishedFigure:
    """One arm of the hand-in.

    Args:
        arm: the name of the lab's arm that trains the same configuration.
        train: published training accuracy.
        test: published test accuracy.
        labelled: what the hand-in called the arm where that is not what its code trained; else "".
        defect: what the reader must know about the run, as a clause; else "".
    """

    arm: str
    train: float
    test: float
    labelled: str = ""
    defect: str = ""


@dataclass(frozen=True, kw_only=True)
class PublishedExercise:
    """The arms of one exercise.

    Args:
        data: the dataset they were trained on.
        epochs: passes over the training images.
        figures: one per published run.
    """

    data: Literal["mnist", "fashion_mnist"]
    epochs: int
    figures: tuple[PublishedFigure, ...]

    def of(self, arm: str) -> tuple[PublishedFigure, ...]:
        """What was published for an arm of the lab; nothing where it was never trained there."""
        return tuple(figure for figure in self.figures if figure.arm == arm)


PUBLISHED: dict[str, PublishedExercise] = {
    "optimizers": PublishedExercise(
        data="mnist",
        epochs=5,
        figures=(
            PublishedFigure(arm="SGD 0.001", train=0.7672, test=0.7900),
            PublishedFigure(arm="SGD 0.01", train=0.8753, test=0.8855),
            PublishedFigure(arm="SGD 0.1", train=0.9117, test=0.9166),
            PublishedFigure(arm="Adam 0.001", train=0.9215, test=0.9236),
            PublishedFigure(arm="Adam 0.01", train=0.9247, test=0.9205),
            PublishedFigure(arm="RMSprop 0.001", train=0.9226, test=0.9247),
            PublishedFigure(arm="RMSprop 0.01", train=0.9228, test=0.9110),
        ),
    ),
    "more-epochs": PublishedExercise(
        data="mnist",
        epochs=20,
        figures=(
            PublishedFigure(arm="Adam 0.001", train=0.9339, test=0.9276),
            PublishedFigure(arm="Adam 0.01", train=0.9287, test=0.9226),
            PublishedFigure(arm="Adam 0.001", train=0.9319, test=0.9295, labelled="RMSprop 0.001"),
            PublishedFigure(arm="Adam 0.01", train=0.9300, test=0.9210, labelled="RMSprop 0.01"),
        ),
    ),
    "perceptrons": PublishedExercise(
        data="mnist",
        epochs=10,
        figures=(
            PublishedFigure(arm="relu with Adam", train=0.9935, test=0.9764),
            PublishedFigure(arm="relu with SGD", train=0.9308, test=0.9331),
            PublishedFigure(arm="sigmoid with Adam", train=0.9854, test=0.9741),
            PublishedFigure(arm="sigmoid with SGD", train=0.7496, test=0.7696),
        ),
    ),
    "other-images": PublishedExercise(
        data="fashion_mnist",
        epochs=20,
        figures=(
            PublishedFigure(arm="128-64-10 relu with RMSprop", train=0.9085, test=0.8805),
            PublishedFigure(
                arm="128-10 sigmoid with Adam",
                train=0.9147,
                test=0.8854,
                defect="the exercise asks for three layers; the hand-in's model has two",
            ),
        ),
    ),
    "scaling": PublishedExercise(
        data="fashion_mnist",
        epochs=20,
        figures=(
            PublishedFigure(
                arm="scaled twice",
                train=0.0969,
                test=0.1000,
                defect="the images were divided by 255 twice, and the loss stayed at 2.3026 = ln 10",
            ),
        ),
    ),
}


def spread(values: Sequence[float | None]) -> str:
    """Mean and standard deviation of accuracies over seeds in per cent, as in `92.30 ± 0.05`; for tables.

    Example:
        >>> spread([0.9, None, 0.92])
        '91.00 ± 1.41'
    """
    there = [value for value in values if value is not None and isfinite(value)]
    if not there:
        return MISSING
    mean = f"{100 * fmean(there):.2f}"
    return mean if len(there) == 1 else f"{mean} ± {100 * stdev(there):.2f}"


def side_by_side(study: StudyRecord, topic: str) -> Table:
    """One row per arm and published run: what was published, and mean and range of what was measured.

    Differences are given where data and epochs are those of the hand-in, which still trained on the images that are
    the validation images here.

    Args:
        study: what was measured.
        topic: of the study.
    """
    comparable = is_comparable(study, topic)
    spec = study.runs[0].spec
    return Table(
        caption=f"Published accuracies beside ours, in percent: {spec.data.name}, {counted(spec.epochs, 'epoch')}, "
        f"{counted(len(study.spec.seeds), 'seed')}; mean ± standard deviation over seeds",
        header=_HEADER,
        rows=tuple(
            _row(study, arm, figure, comparable=comparable)
            for arm in arm_names(study)
            for figure in PUBLISHED[topic].of(arm) or (None,)
        ),
        note=" ".join(_notes(study, topic, comparable=comparable)),
    )


def is_comparable(study: StudyRecord, topic: str) -> bool:
    """Whether a study was trained on the published data for the published number of epochs."""
    published = PUBLISHED.get(topic)
    return published is not None and all(
        arm.spec.data.name == published.data and arm.spec.data.limit is None and arm.spec.epochs == published.epochs
        for arm in study.spec.arms
    )


def _row(study: StudyRecord, arm: str, figure: PublishedFigure | None, *, comparable: bool) -> tuple[str, ...]:
    title = f"{arm} (published as {figure.labelled})" if figure and figure.labelled else arm
    train, test = (None, None) if figure is None else (figure.train, figure.test)
    return (
        title,
        *_beside(accuracies(study, arm, "training"), train, comparable=comparable),
        *_beside(accuracies(study, arm, "test"), test, comparable=comparable),
        spread(accuracies(study, arm, "validation")),
    )


def _beside(ours: Sequence[float | None], published: float | None, *, comparable: bool) -> tuple[str, str, str]:
    """Published, ours, and ours minus published in points."""
    if published is None:
        return MISSING, spread(ours), MISSING
    there = [value for value in ours if value is not None]
    apart = points(fmean(there) - published, sign=True) if comparable and there else MISSING
    return f"{100 * published:.2f}", spread(ours), apart


def _notes(study: StudyRecord, topic: str, *, comparable: bool) -> list[str]:
    published = PUBLISHED[topic]
    notes = []
    if comparable:
        share = study.runs[0].spec.data.validation
        taken = isinstance(share, float)  # of the training images, not images beside them
        aside = f"; ours leave {percent(float(share), digits=0)} of the images aside to choose by" if taken else ""
        notes.append(f"Differences are ours minus published, in percentage points{aside}.")
    else:
        after = counted(published.epochs, "epoch")
        notes.append(
            f"The published figures were measured on {published.data} after {after}, ours on other images or for "
            "another time, so no difference is given."
        )
    notes += [f"{figure.arm}: {figure.defect}." for figure in published.figures if figure.defect]
    if any(figure.labelled for figure in published.figures):
        notes.append("Runs that the hand-in published as RMSprop were trained with Adam, and stand beside Adam here.")
    return notes


def lab_figures(studies: Mapping[str, StudyRecord]) -> dict[str, Any]:
    """Every arm's accuracies by seed beside what was published for it, by topic, for programs.

    Args:
        studies: what was measured, by topic.
    """
    return {topic: _study(study, topic) for topic, study in studies.items()}


def _study(study: StudyRecord, topic: str) -> dict[str, Any]:
    return {
        "study": study.spec.name,
        "data": study.spec.arms[0].spec.data.name,
        "seeds": list(study.spec.seeds),
        "seconds": study.seconds,
        "comparable": is_comparable(study, topic),
        "arms": [_arm(study, arm, topic) for arm in arm_names(study)],
    }


def _arm(study: StudyRecord, arm: str, topic: str) -> dict[str, Any]:
    published = PUBLISHED[topic].of(arm) if topic in PUBLISHED else ()
    return {
        "arm": arm,
        **{part: accuracies(study, arm, part) for part in get_args(Part)},
        "published": [
            {"train": figure.train, "test": figure.test, "labelled": figure.labelled, "defect": figure.defect}
            for figure in published
        ],
    }
