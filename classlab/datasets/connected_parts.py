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

    A row's pixels without a gap are one run. Every run takes the highest name among those that it touches, and then the
    name that the run of that name has by now, until nothing changes: the second step halves the way that is left, so
    that long strokes take few rounds.

    Example:
        >>> connected_parts(np.array([[1, 0, 0, 1], [0, 1, 0, 1]], bool)).tolist()
        [[1, 0, 0, 2], [0, 1, 0, 2]]
    """
    # Counted through all rows, with a pixel of margin on both sides of each.
    framed = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    framed[:, 1:-1] = mask
    steps = np.diff(framed.ravel())
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    upper, lower = _touching(starts, ends, row=framed.shape[1])
    names = np.arange(len(starts))
    while len(names):
        spread = names.copy()
        np.maximum.at(spread, upper, names[lower])
        np.maximum.at(spread, lower, names[upper])
        jumped = spread[spread]
        if np.array_equal(jumped, names):
            break
        names = jumped
    numbers = np.zeros(mask.shape, np.int64)
    numbers[mask] = np.repeat(np.unique(names, return_inverse=True)[1] + 1, ends - starts)
    return numbers


def _touching(
    starts: NDArray[np.int64], ends: NDArray[np.int64], *, row: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of runs that touch by sides or corners: the places of the upper ones, and of those in the row below."""
    first = np.searchsorted(ends, starts + row)
    count = np.searchsorted(starts, ends + row, side="right") - first
    upper = np.repeat(np.arange(len(starts)), count)
    within = np.arange(len(upper)) - np.repeat(np.cumsum(count) - count, count)  # from 0 for each upper run
    return upper, np.repeat(first, count) + within
