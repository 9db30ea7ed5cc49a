"""Step 4: what a network says about single images, and what it mixes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, percent
from classlab.lab.step import Step, StepReport, first_usable
from classlab.lab.steps import optimizers
from classlab.reports.document import Block, Paragraph, Section
from classlab.reports.figures.confusion_matrix import ConfusionNumbers, MixedUp, confusion_figure, mixed_up_figure
from classlab.reports.figures.prediction import (
    described,
    grid_figure,
    grid_of,
    prediction_figure,
    random_grid,
    seen_prediction,
)
from classlab.statistics.confusion import MixUp, confusion, most_mixed_up
from classlab.statistics.predictions import most_confident_mistakes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.lab.setting import Setting
    from classlab.lab.step import LabStudy, Results
    from classlab.records import RunRecord

_IMAGE = 500  # the test image that the course looks at
_ROWS, _COLUMNS = 3, 5


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """The five-epoch study of step 2, whose best arm is looked at."""
    return optimizers.studies(setting)[:1]


def write(results: Results) -> StepReport:
    """One prediction, a grid, the most confident mistakes, the confusion matrix, the mixed-up pairs."""
    record = _looked_at(results)
    predictions = None if record is None else results.source.run(record.identity).predictions
    if record is None or predictions is None:
        nothing = "No run of step 2 came to its end, so there are no predictions to look at."
        section = Section(title=STEP.title, blocks=(Paragraph(text=nothing),))
        return StepReport(section=section, answers=(nothing,))
    images = results.setting.images.digits.test.images
    names, shares, labels = record.class_names, predictions.probabilities, predictions.labels
    found = confusion(labels, shares.argmax(axis=1), classes=len(names))
    mixed = most_mixed_up(found, count=8)
    answers = (
        right_sentence(found.accuracy, len(labels)),
        mixed_up_sentence(mixed, names),
        confidence_sentence(shares, labels),
    )
    shown = min(_IMAGE, len(labels) - 1)
    seen = seen_prediction(shown, shares[shown], int(labels[shown]), names)
    blocks: tuple[Block, ...] = (
        Paragraph(text=_introduction(results, record, shares)),
        Paragraph(text=answers[0]),
        prediction_figure(seen, images[shown]),
        Paragraph(text=described(seen)),
        grid_figure(random_grid(shares, labels, names, rows=_ROWS, columns=_COLUMNS), images),
        Paragraph(text=answers[2]),
        *_mistakes(shares, labels, names, images),
        confusion_figure(ConfusionNumbers(class_names=names, confusion=found)),
        Paragraph(text=answers[1]),
        *([mixed_up_figure(MixedUp(class_names=names, pairs=mixed))] if mixed else []),
    )
    return StepReport(section=Section(title=STEP.title, blocks=blocks), answers=answers)


def right_sentence(accuracy: float, images: int) -> str:
    """How many test images are recognized."""
    right = count(round(accuracy * images))
    return f"The network recognizes {right} of {count(images)} images ({percent(accuracy)}) of the test set."


def mixed_up_sentence(mixed: Sequence[MixUp], names: Sequence[str]) -> str:
    """Which classes are most often mixed up."""
    if not mixed:
        return "No class was taken for another."
    first = mixed[0]
    said = (
        f"Most often, {names[first.true]} is taken for {names[first.predicted]}: {count(first.count)} times, "
        f"{percent(first.share, digits=1)} of its images"
    )
    back = next((pair for pair in mixed if (pair.true, pair.predicted) == (first.predicted, first.true)), None)
    if back is None:
        return f"{said}."
    return f"{said}; the other way round it happens {count(back.count)} times."


def confidence_sentence(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> str:
    """How sure the network is where it is wrong, beside where it is right.

    Args:
        probabilities: float32, `(images, classes)`.
        labels: int64, `(images,)`.
    """
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    if right.all() or not right.any():
        every = "right" if right.all() else "wrong"
        return (
            f"Every prediction is {every}; on average the predicted class has a probability of {percent(sure.mean())}."
        )
    above = int((sure[~right] > 0.9).sum())  # "sure" by any standard; a calibrated network errs there in under a tenth
    return (
        f"The predicted class has a probability of {percent(float(sure[right].mean()), digits=0)} on average where the "
        f"network is right, and of {percent(float(sure[~right].mean()), digits=0)} where it is wrong; "
        f"{count(above)} of {count(int((~right).sum()))} mistakes were made with more than 90 %."
    )


def _looked_at(results: Results) -> RunRecord | None:
    """The first run of the arm that comes first in step 2."""
    return first_usable(results.studies[optimizers.FIVE], results.analyses[optimizers.FIVE].first.name)


def _introduction(results: Results, record: RunRecord, shares: NDArray[np.float32]) -> str:
    arm = results.analyses[optimizers.FIVE].first.name
    rows, columns = shares.shape
    return (
        f"{arm}, the arm that comes first in step 2, with seed {record.spec.seed}: one row of {columns} probabilities "
        f"for each of the {count(rows)} test images. The predicted class is red, the true one blue; where they are the "
        "same, the bar is blue."
    )


def _mistakes(
    shares: NDArray[np.float32], labels: NDArray[np.int64], names: Sequence[str], images: NDArray[np.uint8]
) -> tuple[Block, ...]:
    positions = most_confident_mistakes(shares, labels, count=2 * _COLUMNS)
    if not positions:
        return ()
    grid = grid_of(positions, shares, labels, names, columns=_COLUMNS)
    return (grid_figure(grid, images, name="confident-mistakes", title="The most confident mistakes."),)


STEP = Step(number=4, title="4. Predictions, seen", studies=studies, write=write)
