"""Figures that count every class alike, of what a network said about labelled images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.statistics import confusion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.records import Figures


def with_class_figures(figures: Figures, probabilities: NDArray[np.floating], labels: NDArray[np.int64]) -> Figures:
    """Adds balanced accuracy and macro F1.

    Args:
        figures: loss and accuracy of the same images.
        probabilities: `(images, classes)`.
        labels: `(images,)`, the true classes.
    """
    width = max(probabilities.shape[1], 2)
    found = confusion(labels, probabilities.argmax(axis=1), classes=width)
    return replace(figures, balanced_accuracy=found.balanced_accuracy, macro_f1=found.macro_f1)
