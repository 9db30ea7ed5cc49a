"""Mistakes, seen: confusion matrix, mixed-up classes, a grid of test images, the most confident mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.document import Block, Paragraph, Section
from classlab.reports.figures.confusion_matrix import ConfusionNumbers, confusion_figure
from classlab.reports.figures.mixed_up import mixed_up, mixed_up_figure
from classlab.reports.figures.prediction_grid import grid_figure, grid_of, random_grid
from classlab.reports.sentences import mistakes_sentence
from classlab.statistics import confusion, most_confident_mistakes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.reports.evidence import Evidence
    from classlab.reports.predictions import RunPredictions

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
        Paragraph(text=mistakes_sentence(found, names)),
        confusion_figure(ConfusionNumbers(class_names=names, confusion=found)),
    ]
    pairs = mixed_up(found, names)
    if pairs.pairs:
        blocks.append(mixed_up_figure(pairs))
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
