"""The connected parts of a mask, and those of them that are strokes on paper and not specks or a table's edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

_LEAST_PART = 0.04  # of the largest part's pixels; smaller ones are specks. The dot of an i has more
_MOST_EDGE = 0.25  # of the shorter side: what lies along the picture's edge for longer is no stroke that leaves it


def strokes(mask: Mask, sure: Mask) -> Mask:
    """Keeps the parts of a mask that are strokes: with a sure pixel, not tiny, and within the picture where any is.

    Args:
        mask: `(height, width)`.
        sure: pixels that are ink without doubt, `(height, width)`.
    """
    numbers = connected_parts(mask)
    parts = int(numbers.max()) + 1
    pixels = np.bincount(numbers.ravel(), minlength=parts)
    edge = np.concatenate([numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]])
    on_edge = np.bincount(edge, minlength=parts)
    good = np.zeros(parts, bool)
    good[numbers[sure & mask]] = True
    good[0] = False
    # What lies beside the paper, or throws a shadow on it, comes in from outside; a drawing seldom leaves its paper.
    within = good & (on_edge == 0)
    good = within if within.any() else good & (on_edge < _MOST_EDGE * min(mask.shape))
    if not good.any():
        return np.zeros_like(mask)
    kept: Mask = (good & (pixels >= _LEAST_PART * pixels[good].max()))[numbers]
    return kept


def connected_parts(mask: Mask) -> NDArray[np.int64]:
    """Numbers the parts whose pixels touch by sides or corners: `(height, width)`, from 1, and 0 outside.

    Every pixel takes the highest name among its neighbours, and then the name that the pixel of that name has by now,
    until nothing changes: the second step halves the way that is left, so that long strokes take few rounds.

    Example:
        >>> connected_parts(np.array([[1, 0, 0, 1], [0, 1, 0, 1]], bool)).tolist()
        [[1, 0, 0, 2], [0, 1, 0, 2]]
    """
    names = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        around = np.pad(names, 1)
        rows = np.maximum(np.maximum(around[:-2], around[1:-1]), around[2:])
        spread = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]) * mask
        flat = np.concatenate([[0], spread.ravel()])  # by name, which counts from 1
        jumped = flat[spread]
        if np.array_equal(jumped, names):
            break
        names = jumped
    found = np.unique(names[mask])
    return (np.searchsorted(found, names) + 1) * mask
