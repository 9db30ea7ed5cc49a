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


def accuracies(runs: Sequence[RunRecord], name: FiguresName) -> tuple[float | None, ...]:
    """Accuracy of each run on one set of images, None where the run has no good figure."""
    found = [getattr(run, name) if ended_well(run) else None for run in runs]
    return tuple(None if figures is None else figures.accuracy for figures in found)


def ranking_sample(runs: Sequence[RunRecord], select: Selection) -> Sample:
    """The figure that ranks, on the validation images.

    Args:
        runs: of one arm, in the order of the seeds.
        select: which figure.
    """
    if select == "val_accuracy":
        return accuracy_sample(runs, "validation")
    values = [ranked_figure(run, select) for run in runs]
    if select != "val_loss":
        return _by_class_sample(runs, values, balanced=select == "val_balanced_accuracy")
    costs = _by_image(runs, lambda run: None if run.outcomes is None else run.outcomes.validation.image_losses())
    if costs is not None:
        # A loss on record includes penalties and is exact; single images tell how far others would move it.
        there = np.array([np.nan if value is None else value for value in values])
        costs = costs - costs.mean(axis=1, keepdims=True) + there[:, None]
    return sample(values, by_image=costs, images=_images(runs, "validation"), kind="loss", image_set=_set(runs))


def _by_class_sample(runs: Sequence[RunRecord], values: Sequence[float | None], *, balanced: bool) -> Sample:
    """A figure that counts every class alike, by seed and where classes of single images are on record by image."""
    answers = _by_image(runs, lambda run: None if run.outcomes is None else run.outcomes.validation.answers())
    labels = next((found for run in runs if ended_well(run) and (found := _true_classes(run)) is not None), None)
    images, image_set = _images(runs, "validation"), _set(runs)
    if answers is None or labels is None or len(np.unique(labels)) < 2:
        return sample(values, images=images, kind="share", image_set=image_set)
    rows, by_class = balanced_accuracy_rows(answers == labels, labels) if balanced else macro_f1_rows(answers, labels)
    return sample(values, by_image=rows, kind="share", image_set=image_set, by_class=by_class)


def _true_classes(run: RunRecord) -> NDArray[np.int64] | None:
    return None if run.outcomes is None else run.outcomes.validation.true_classes()


def accuracy_sample(runs: Sequence[RunRecord], name: Literal["validation", "test"]) -> Sample:
    """Accuracy on the validation or the test images.

    Args:
        runs: of one arm, in the order of the seeds.
        name: on which images.
    """

    def right(run: RunRecord) -> NDArray[np.bool_] | None:
        found: Outcomes | None = None if run.outcomes is None else getattr(run.outcomes, name)
        return None if found is None else found.right()

    return sample(
        accuracies(runs, name),
        by_image=_by_image(runs, right),
        images=_images(runs, name),
        image_set=_set(runs) if name == "validation" else runs[0].spec.data.digest,
    )


def _by_image(runs: Sequence[RunRecord], read: Callable[[RunRecord], NDArray[Any] | None]) -> NDArray[Any] | None:
    """`(seeds, images)`, rows of runs that did not end well empty; None where a run that did has no such row."""
    found = [read(run) if ended_well(run) else None for run in runs]
    known = [row for row in found if row is not None]
    sizes = {len(row) for row in known}
    if len(known) != sum(ended_well(run) for run in runs) or len(sizes) != 1 or sizes == {1}:
        return None
    empty = np.zeros(len(known[0]), known[0].dtype)
    rows: NDArray[Any] = np.stack([empty if row is None else row for row in found])
    return rows


def _images(runs: Sequence[RunRecord], name: FiguresName) -> int | None:
    figures: list[Figures | None] = [getattr(run, name) for run in runs]
    return next((each.images for each in figures if each is not None), None)


def _set(runs: Sequence[RunRecord]) -> str:
    """Names the validation images: the same data, divided in the same way."""
    data = runs[0].spec.data
    return f"{data.digest} {data.validation} {data.limit}"


def ranking_margin(spec: StudySpec) -> float:
    """The margin of the figure that ranks: a study's is one of shares, and a loss has none."""
    return spec.margin if is_share(spec.select) else 0.0
