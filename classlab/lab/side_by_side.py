"""The hand-in's figures beside ours, in one table."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted, percent, points
from classlab.lab.published import PUBLISHED, Exercise, PublishedFigure
from classlab.lab.results import accuracies, arm_names
from classlab.lab.words import spread
from classlab.reports.document import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import StudyRecord

_HEADER = (
    "arm",
    "training, published",
    "ours",
    "difference",
    "test, published",
    "ours",
    "difference",
    "validation",
)


def side_by_side(study: StudyRecord, exercise: Exercise) -> Table:
    """One row per arm and published run: what was published, and mean and range of what was measured.

    Differences are given where data and epochs are those of the hand-in, which still trained on the images that are
    the validation images here.

    Args:
        study: what was measured.
        exercise: what was published.
    """
    comparable = is_comparable(study, exercise)
    rows = [
        _row(study, arm, figure, comparable=comparable)
        for arm in arm_names(study)
        for figure in PUBLISHED[exercise].of(arm) or (None,)
    ]
    records = study.runs
    epochs = counted(records[0].spec.epochs, "epoch")
    return Table(
        caption=f"Published accuracies beside ours, in per cent: {records[0].spec.data.name}, {epochs}, "
        f"{counted(len(study.spec.seeds), 'seed')}; mean ± standard deviation over seeds",
        header=_HEADER,
        rows=tuple(rows),
        note=" ".join(_notes(study, exercise, comparable=comparable)),
    )


def is_comparable(study: StudyRecord, exercise: Exercise) -> bool:
    """Whether a study was trained on the published data for the published number of epochs."""
    published = PUBLISHED[exercise]
    return all(
        arm.spec.data.name == published.data and arm.spec.data.limit is None and arm.spec.epochs == published.epochs
        for arm in study.spec.arms
    )


def _row(study: StudyRecord, arm: str, figure: PublishedFigure | None, *, comparable: bool) -> tuple[str, ...]:
    title = f"{arm} (published as {figure.labelled})" if figure and figure.labelled else arm
    training = _beside(
        accuracies(study, arm, "training"), None if figure is None else figure.train, comparable=comparable
    )
    test = _beside(accuracies(study, arm, "test"), None if figure is None else figure.test, comparable=comparable)
    return (title, *training, *test, spread(accuracies(study, arm, "validation")))


def _beside(ours: Sequence[float | None], published: float | None, *, comparable: bool) -> tuple[str, str, str]:
    """Published, ours, and ours minus published in points."""
    if published is None:
        return MISSING, spread(ours), MISSING
    there = [value for value in ours if value is not None]
    apart = points(fmean(there) - published, sign=True) if comparable and there else MISSING
    return f"{100 * published:.2f}", spread(ours), apart


def _notes(study: StudyRecord, exercise: Exercise, *, comparable: bool) -> list[str]:
    published = PUBLISHED[exercise]
    notes = []
    if comparable:
        share = study.runs[0].spec.data.validation
        aside = f"; ours leave {percent(share, digits=0)} of the images aside to choose by" if share != "test" else ""
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
