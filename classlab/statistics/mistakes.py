"""The mistakes a network is surest of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.statistics.predictions import check_probabilities

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def most_confident_mistakes(probabilities: ArrayLike, labels: ArrayLike, *, count: int = 15) -> tuple[int, ...]:
    """Positions of the wrongly classified images, most probable wrong class first; ties in the images' order.

    Args:
        probabilities: each row a distribution, `(images, classes)`.
        labels: class numbers, `(images,)`.
        count: how many at most.

    Raises:
        SpecError: rows that are no distributions, or labels that do not fit.

    Example:
        >>> most_confident_mistakes([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], [1, 1, 1])
        (0, 1)
    """
    rows, classes = check_probabilities(probabilities, labels)
    wrong = np.flatnonzero(rows.argmax(axis=1) != classes)
    surest = np.argsort(-rows.max(axis=1)[wrong], kind="stable")[:count]
    return tuple(int(position) for position in wrong[surest])
