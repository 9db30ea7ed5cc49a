"""From a study's runs to what the statistics take: every arm's figures by seed and by image."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from classlab.records.study import is_share
from classlab.statistics import Sample, sample
from classlab.statistics.by_class import balanced_accuracy_rows, macro_f1_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from classlab.records import Figures, RunRecord
    from classlab.records.outcomes import Outcomes
    from classlab.records.study import Selection, StudySpec

FiguresName = Literal["fitted", "validation", "test"]
ENDED_WELL = ("finished", "stopped_early")


def ended_well(run: RunRecord) -> bool:
    """Whether a run came to its end.

    A diverged run keeps the figures of its last good epoch; they are shown, but an arm must not win by them.
    """
    return run.state in ENDED_WELL


def ranked_figure(run: RunRecord, select: Selection) -> float | None:
    """The validation figure by which a run counts; None where it did not end well or has none."""
    if not ended_well(run) or run.validation is None:
        return None
    match select:
        case "val_accuracy":
            return run.validation.accuracy
        case "val_loss":
            return run.validation.loss
        case "val_balanced_accuracy":
            return balanced_accuracy(run)
    return run.validation.macro_f1


def balanced_accuracy(run: RunRecord) -> float | None:
    """Mean over classes of the share of validation images recognised; None where that was not noted.

    An earlier version's records have it among what was noted for the doctor.
    """
    if run.validation is not None and run.validation.balanced_accuracy is not None:
        return run.validation.balanced_accuracy
    noted = run.diagnostics
    if noted is None or not noted.unseen_present or not noted.unseen_right:
        return None
    shares = [right / there for right, there in zip(noted.unseen_right, noted.unseen_present, strict=True) if there]
    return fsum(shares) / len(shares) if shares else None


def by_seed(runs: Sequence[RunRecord]) -> list[Sequence[RunRecord]]:
    """The runs of each seed: one, or with cross-validation one for each fold.

    Args:
        runs: of one arm, in the order of the seeds, and within a seed in that of the folds.
    """
    folds = runs[0].spec.data.folds or 1
    return [runs[at : at + folds] for at in range(0, len(runs), folds)]


def ranked_by_seed(runs: Sequence[RunRecord], select: Selection) -> tuple[float | None, ...]:
    """The validation figure by which each seed counts: over all its folds, where there are some."""
    if select in ("val_accuracy", "val_loss"):
        return _pooled(runs, lambda run: ranked_figure(run, select), "validation")
    found = _by_class_sample(runs, balanced=select == "val_balanced_accuracy").by_seed
    return tuple(None if np.isnan(each) else float(each) for each in found)


def accuracies(runs: Sequence[RunRecord], name: FiguresName) -> tuple[float | None, ...]:
    """Accuracy of each seed on one set of images, None where a run of it has no good figure."""

    def read(run: RunRecord) -> float | None:
        figures: Figures | None = getattr(run, name) if ended_well(run) else None
        return None if figures is None else figures.accuracy

    return _pooled(runs, read, name)


def test_losses(runs: Sequence[RunRecord]) -> tuple[float | None, ...]:
    """Loss per test image of each seed, None where a run of it has no good figure."""
    return _pooled(runs, lambda run: run.test.loss if ended_well(run) and run.test is not None else None, "test")


def _pooled(
    runs: Sequence[RunRecord], read: Callable[[RunRecord], float | None], name: FiguresName
) -> tuple[float | None, ...]:
    """Each seed's figure: that of its run, or the mean over its folds, each by its number of images."""
    found: list[float | None] = []
    for group in by_seed(runs):
        pairs = [(read(run), _size(run, name)) for run in group]
        known = [(value, size) for value, size in pairs if value is not None]
        if len(known) < len(group):
            found.append(None)  # folds that are missing may be the hard ones
        elif len(known) == 1:
            found.append(known[0][0])
        else:
            found.append(fsum(value * size for value, size in known) / sum(size for _, size in known))
    return tuple(found)


def ranking_sample(runs: Sequence[RunRecord], select: Selection) -> Sample:
    """The figure that ranks, on the validation images.

    Args:
        runs: of one arm, in the order of the seeds, and within a seed in that of the folds.
        select: which figure.
    """
    if select == "val_accuracy":
        return accuracy_sample(runs, "validation")
    if select not in ("val_accuracy", "val_loss"):
        return _by_class_sample(runs, balanced=select == "val_balanced_accuracy")
    values = ranked_by_seed(runs, select)
    costs = _by_image(runs, lambda run: None if run.outcomes is None else run.outcomes.validation.image_losses())
    if costs is not None:
        # A loss on record includes penalties and is exact; single images tell how far others would move it.
        there = np.array([np.nan if value is None else value for value in values])
        costs = costs - costs.mean(axis=1, keepdims=True) + there[:, None]
    return sample(values, by_image=costs, images=_images(runs, "validation"), kind="loss", image_set=_set(runs))


def _by_class_sample(runs: Sequence[RunRecord], *, balanced: bool) -> Sample:
    """A figure that counts every class alike, by seed and where classes of single images are on record by image.

    It is no mean over folds, whose images are of other classes: those of a seed are one set of images.
    """
    select: Selection = "val_balanced_accuracy" if balanced else "val_macro_f1"
    values = _pooled(runs, lambda run: ranked_figure(run, select), "validation")
    answers = _by_image(runs, lambda run: None if run.outcomes is None else run.outcomes.validation.answers())
    labels = _true_classes(runs)
    images, image_set = _images(runs, "validation"), _set(runs)
    if answers is None or labels is None or len(np.unique(labels)) < 2:
        return sample(values, images=images, kind="share", image_set=image_set)
    rows, by_class = balanced_accuracy_rows(answers == labels, labels) if balanced else macro_f1_rows(answers, labels)
    if runs[0].spec.data.folds:
        values = tuple(None if value is None else float(row.mean()) for value, row in zip(values, rows, strict=True))
    return sample(values, by_image=rows, kind="share", image_set=image_set, by_class=by_class)


def _true_classes(runs: Sequence[RunRecord]) -> NDArray[np.int64] | None:
    """Of the validation images, those of all folds one behind the other; None where they are not on record."""
    for group in by_seed(runs):
        known = [
            found
            for run in group
            if ended_well(run) and run.outcomes is not None
            if (found := run.outcomes.validation.true_classes()) is not None
        ]
        if len(known) == len(group):
            return np.concatenate(known)
    return None


def accuracy_sample(runs: Sequence[RunRecord], name: Literal["validation", "test"]) -> Sample:
    """Accuracy on the validation or the test images.

    With cross-validation the folds of a seed together say of every training image whether the one network that did
    not see it is right. The test images are seen by every network: there it is the share of a seed's networks.

    Args:
        runs: of one arm, in the order of the seeds, and within a seed in that of the folds.
        name: on which images.
    """

    def right(run: RunRecord) -> NDArray[np.bool_] | None:
        found: Outcomes | None = None if run.outcomes is None else getattr(run.outcomes, name)
        return None if found is None else found.right()

    folds = runs[0].spec.data.folds or 1
    return sample(
        accuracies(runs, name),
        by_image=_by_image(runs, right, joined=name == "validation"),
        images=_images(runs, name),
        image_set=_set(runs) if name == "validation" else runs[0].spec.data.digest,
        networks=1 if name == "validation" else folds,
    )


def _by_image(
    runs: Sequence[RunRecord],
    read: Callable[[RunRecord], NDArray[Any] | None],
    *,
    joined: bool = True,
) -> NDArray[Any] | None:
    """`(seeds, images)`, rows of seeds that did not end well empty; None where one that did has no such row.

    Args:
        runs: of one arm.
        read: a run's row.
        joined: whether the folds of a seed stand one behind the other, or the mean of their rows is taken.
    """
    found: list[NDArray[Any] | None] = []
    for group in by_seed(runs):
        well = all(ended_well(run) for run in group)
        rows = [row for run in group if well and (row := read(run)) is not None]
        if well and len(rows) < len(group):
            return None
        if not joined and len({len(row) for row in rows}) > 1:
            return None
        whole = rows[:1] if len(rows) < 2 else [np.concatenate(rows) if joined else np.mean(rows, axis=0)]
        found.append(whole[0] if whole else None)
    known = [row for row in found if row is not None]
    sizes = {len(row) for row in known}
    if len(sizes) != 1 or sizes == {1}:
        return None
    empty = np.zeros(len(known[0]), known[0].dtype)
    stacked: NDArray[Any] = np.stack([empty if row is None else row for row in found])
    return stacked


def _images(runs: Sequence[RunRecord], name: FiguresName) -> int | None:
    """How many images are behind a seed's figure: those of all its folds, where they validate."""
    for group in by_seed(runs):
        sizes = [_size(run, name) for run in group]
        if all(sizes):
            return sum(sizes) if name == "validation" else sizes[0]
    return None


def _size(run: RunRecord, name: FiguresName) -> int:
    figures: Figures | None = getattr(run, name)
    return 0 if figures is None else figures.images


def _set(runs: Sequence[RunRecord]) -> str:
    """Names the validation images: the same data, divided in the same way."""
    data = runs[0].spec.data
    way = data.validation if data.folds is None else f"{data.folds} folds"
    return f"{data.digest} {way} {data.limit} {data.leave_out}"


def ranking_margin(spec: StudySpec) -> float:
    """The margin of the figure that ranks: a study's is one of shares, and a loss has none."""
    return spec.margin if is_share(spec.select) else 0.0
