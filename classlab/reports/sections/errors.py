"""Single networks, seen: mistakes, mixed-up classes, predictions, how sure they are, and what they were trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.class_balance import are_uneven
from classlab.analysis.numbers import count, counted, percent, points
from classlab.reports.document import Block, Gallery, Paragraph, Section
from classlab.reports.figures.confusion_matrix import ConfusionNumbers, confusion_figure, mixed_up, mixed_up_figure
from classlab.reports.figures.prediction import grid_figure, grid_of, random_grid
from classlab.reports.figures.reliability import reliability_figure
from classlab.reports.figures.tile import tile, tile_figure
from classlab.statistics import calibration, confusion, most_confident_mistakes, most_mixed_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.reports.evidence import Evidence, RunPredictions
    from classlab.statistics import Calibration, Confusion


MOST_MISTAKES = 10


def errors_section(evidence: Evidence, *, rows: int = 3, columns: int = 5, seed: int = 0) -> Section:
    """What the first-ranked arm's first seed said about the test images.

    Args:
        evidence: predictions, and images where they are at hand.
        rows: of the grid of random test images.
        columns: of it.
        seed: decides which images.
    """
    shown = evidence.shown_run()
    if shown is None:
        text = "No predictions are at hand, so no mistakes can be shown."
        return Section(title="Predictions and mistakes", blocks=(Paragraph(text=text),))
    label, predictions = shown
    names = evidence.class_names
    found = confusion(predictions.labels, predictions.predicted(), classes=len(names))
    blocks: list[Block] = [
        Paragraph(text=f"One network, so that every image has one answer: {label}."),
        Paragraph(text=" ".join(filter(None, (mistakes_sentence(found, names), by_class_sentence(found))))),
    ]
    matrix, pairs = confusion_figure(ConfusionNumbers(class_names=names, confusion=found)), mixed_up(found, names)
    blocks.append(Gallery(figures=(matrix, mixed_up_figure(pairs))) if pairs.pairs else matrix)
    if evidence.test_images is not None and predictions.are_distributions():
        blocks += _pictures(predictions, evidence.test_images, names, rows=rows, columns=columns, seed=seed)
    return Section(title="Predictions and mistakes", blocks=tuple(blocks))


def _pictures(
    predictions: RunPredictions,
    images: NDArray[np.uint8],
    names: tuple[str, ...],
    *,
    rows: int,
    columns: int,
    seed: int,
) -> list[Block]:
    shares, labels = predictions.probabilities, predictions.labels
    grid = random_grid(shares, labels, names, rows=rows, columns=columns, seed=seed)
    figures: list[Block] = [grid_figure(grid, images)]
    mistakes = most_confident_mistakes(shares, labels, count=MOST_MISTAKES)
    if mistakes:
        surest = grid_of(mistakes, shares, labels, names, columns=min(columns, 5))
        figures.append(grid_figure(surest, images, name="confident-mistakes", title="The mistakes it was surest of."))
    return figures


def calibration_section(evidence: Evidence) -> Section | None:
    """Calibration of the network whose predictions are shown; None where it gives no probabilities."""
    shown = evidence.shown_run()
    if shown is None or not shown[1].are_distributions():
        return None
    label, predictions = shown
    found = calibration(predictions.probabilities, predictions.labels)
    said = Paragraph(text=f"{label}: {calibration_sentence(found)}")
    return Section(title="How sure it is", blocks=(said, reliability_figure(found)))


def data_section(evidence: Evidence, *, seed: int = 0) -> Section | None:
    """Twenty-five random training images; None where there are none at hand.

    Args:
        evidence: images and labels.
        seed: decides which images.
    """
    images, labels = evidence.training_images, evidence.training_labels
    if images is None or labels is None or not len(labels):
        return None
    figure = tile_figure(tile(labels, evidence.class_names, seed=seed), images)
    return Section(title="What it was trained on", blocks=(figure,))


_SAME = 0.005  # confidence and accuracy that differ by less than half a point agree for every purpose here


def mistakes_sentence(confusion: Confusion, class_names: Sequence[str]) -> str:
    """How many mistakes there are, which is the most frequent, and which class is recognised least."""
    counts = confusion.matrix()
    total, wrong = int(counts.sum()), int(counts.sum() - counts.trace())
    if not wrong:
        return f"All {count(total)} test images are predicted right."
    pair = most_mixed_up(confusion, count=1)[0]
    known = [(share, place) for place, share in enumerate(confusion.recall) if share is not None]
    weakest, place = min(known)
    return (
        f"{counted(wrong, 'mistake')} in {count(total)} test images. The most frequent is {class_names[pair.true]} "
        f"taken for {class_names[pair.predicted]}: {counted(pair.count, 'time')}, {percent(pair.share, digits=1)} of "
        f"that class. Recognised least is {class_names[place]}: {percent(weakest, digits=1)} of its images."
    )


def by_class_sentence(confusion: Confusion) -> str:
    """The figures that count every class alike; "" where classes are of much the same size."""
    if not are_uneven([sum(row) for row in confusion.counts]):
        return ""
    return (
        f"The classes are of very different sizes. With every class counted alike, the share recognised is "
        f"{percent(confusion.balanced_accuracy)} (balanced accuracy; accuracy {percent(confusion.accuracy)}) and the "
        f"macro F1 {percent(confusion.macro_f1)}."
    )


def calibration_sentence(found: Calibration) -> str:
    """Whether the network is surer than it is right."""
    off = found.confidence - found.accuracy
    judgement = (
        "its confidence means on average what it says"
        if abs(off) < _SAME
        else f"it is too sure of itself by {points(off)} points"
        if off > 0
        else f"it is less sure than it could be, by {points(-off)} points"
    )
    return (
        f"The network is {percent(found.confidence, digits=1)} sure on average and right for "
        f"{percent(found.accuracy, digits=1)} of {count(found.images)} test images: {judgement}. The expected "
        f"calibration error is {points(found.expected_error)} points."
    )
