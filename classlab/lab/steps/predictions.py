"""Step 4: what a network says about single images, and what it mixes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, percent
from classlab.lab.expected import alike_sentences
from classlab.lab.lesson import Lesson
from classlab.lab.step import Step, StepReport, first_usable
from classlab.lab.steps import optimizers
from classlab.lab.steps.look import TEST_IMAGE
from classlab.reports.document import Block, Paragraph, Table
from classlab.reports.figures.confusion_matrix import ConfusionNumbers, MixedUp, confusion_figure, mixed_up_figure
from classlab.reports.figures.prediction import (
    SeenPrediction,
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

_ROWS, _COLUMNS = 3, 5
_MATRIX_ROWS = 10  # that a reader sees
_BAR = 40  # signs for a probability of 1


def studies(setting: Setting) -> tuple[LabStudy, ...]:
    """The five-epoch study of step 2, whose best arm is looked at."""
    return optimizers.studies(setting)[:1]


def write(results: Results) -> StepReport:
    """One prediction, a grid, the most confident mistakes, the confusion matrix, the mixed-up pairs."""
    record = _looked_at(results)
    predictions = None if record is None else results.source.run(record.identity).predictions
    if record is None or predictions is None:
        nothing = "No run of step 2 came to its end, so there are no predictions to look at."
        return StepReport(brief=(nothing,), answers=(nothing,))
    images = results.setting.images.digits.test.images
    names, shares, labels = record.class_names, predictions.probabilities, predictions.labels
    found = confusion(labels, shares.argmax(axis=1), classes=len(names))
    mixed = most_mixed_up(found, count=8)
    answers = (
        right_sentence(found.accuracy, len(labels)),
        mixed_up_sentence(mixed, names),
        confidence_sentence(shares, labels),
    )
    against = alike_sentences(mixed, names)
    wanted = results.setting.image
    shown = min(TEST_IMAGE, len(labels) - 1) if wanted is None else wanted
    seen = seen_prediction(shown, shares[shown], int(labels[shown]), names)
    details: tuple[Block, ...] = (
        Paragraph(text=_introduction(results, record, shares)),
        matrix_table(shares, labels, names, image=shown),
        *_mistakes(shares, labels, names, images),
        confusion_figure(ConfusionNumbers(class_names=names, confusion=found)),
        *([mixed_up_figure(MixedUp(class_names=names, pairs=mixed))] if mixed else []),
    )
    return StepReport(
        pictures=(
            prediction_figure(seen, images[shown]),
            grid_figure(random_grid(shares, labels, names, rows=_ROWS, columns=_COLUMNS), images),
        ),
        brief=(*answers, *against),
        details=details,
        answers=(*answers, described(seen), *against),
        held=_held(shares, labels),
        decides=answers[-1:],
        terminal=(described(seen), *bar_lines(seen)),
        table=matrix_rows(shares, labels, names),
    )


def matrix_rows(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], names: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """The matrix of class probabilities for a program: a header, and one row per test image."""
    best = probabilities.argmax(axis=1)
    rows = zip(labels, best, probabilities, strict=True)
    return (
        ("image", "true", "predicted", *(f"p_{name}" for name in names)),
        *(
            (str(place), names[label], names[taken], *(f"{share:.6f}" for share in row))
            for place, (label, taken, row) in enumerate(rows)
        ),
    )


def matrix_table(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], names: Sequence[str], *, image: int
) -> Table:
    """The beginning of that matrix for a reader, and the row of one image."""
    places = sorted({*range(min(_MATRIX_ROWS, len(labels))), image})
    return Table(
        caption="The matrix of class probabilities, in percent; one row per test image",
        header=("image", "true", *names),
        rows=tuple(
            (str(place), names[labels[place]], *(f"{100 * share:.1f}" for share in probabilities[place]))
            for place in places
        ),
        words=(1,),
        note=f"These are {len(places)} of {count(len(labels))} rows: the first, and that of image {image}. "
        "`classlab lab` writes all of them into `predictions.csv` beside the report.",
    )


def bar_lines(seen: SeenPrediction) -> tuple[str, ...]:
    """The probabilities of one image as bars of letters."""
    widest = max(len(name) for name in seen.classes)
    return tuple(
        f"  {name:>{widest}} {percent(share, digits=1):>7} {'#' * round(_BAR * share)}".rstrip()
        for name, share in zip(seen.classes, seen.probabilities, strict=True)
    )


def _held(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> int | None:
    """How sure the network is where it is wrong: as sure as elsewhere, above one half on average, or below."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    if right.all() or not right.any():
        return None
    where_right, where_wrong = float(sure[right].mean()), float(sure[~right].mean())
    return 0 if where_wrong >= where_right else 1 if where_wrong > 0.5 else 2


LESSON = Lesson(
    question="Print the matrix of class probabilities for the test images. Show a test image beside its ten "
    "probabilities as bars, and a grid of such pictures: which images does the network get wrong, and which "
    "classes does it mix up?",
    expect="For each image the network gives one probability per class; the most probable class is its answer, "
    "and that probability is how sure it is. Classes that look alike, such as 4 and 9, share many pixels, so "
    "expect them to be mixed up. A network can be sure and wrong: its probabilities are sums of weighted pixels, "
    "and know nothing of their limits.",
    introduces=(),
    prediction="Where the network is wrong, how sure is it of its wrong answer, on average?",
    choices=(
        "As sure as where it is right, or surer.",
        "Less sure, but by more than one half.",
        "Not sure: one half or less.",
    ),
    knob="another test image, by its number.",
    command="{lab} --image {another}",
)


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


STEP = Step(number=4, title="4. Predictions, seen", lesson=LESSON, studies=studies, write=write)
