"""Where an axis ends that one arm at ten per cent would stretch until the best arms fall on one spot."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_NEAR = 2
_SHARE_NEAR = 4  # one arm of so many is near the best, where no more of them are tied with it
_SHARE_TIED = 2  # and no more than one of so many: with few seeds an arm at ten per cent may be tied with the best
_ROOM = 0.5  # beyond the worst of the near arms, in parts of their range
_STRETCHED = 2.0  # an axis is cut where it would otherwise be longer than this many times


def cut_axis(
    means: Sequence[float], figures: Sequence[Sequence[float]], *, leading: int, higher_is_better: bool
) -> float | None:
    """The worse end of the axis, such that the arms near the best fill it; None where all of it can be shown.

    Near are the arms tied with the best that lead the order, but at most half of all arms, at least a quarter of them,
    and at least two. What is drawn of the first arm is never cut.

    Args:
        means: one per arm, best first.
        figures: everything that is drawn of each arm: seeds, ends of its interval.
        leading: how many arms at the head of the order are tied with the first, itself included.
        higher_is_better: True for accuracies, False for losses.

    Example:
        >>> figures = [[0.92, 0.94], [0.91, 0.93], [0.10, 0.12]]
        >>> round(cut_axis([0.93, 0.92, 0.11], figures, leading=2, higher_is_better=True), 3)
        0.91
        >>> cut_axis([0.93, 0.92, 0.90], [[0.93], [0.92], [0.90]], leading=1, higher_is_better=True)
    """
    sign = 1.0 if higher_is_better else -1.0
    tied = min(leading, ceil(len(means) / _SHARE_TIED))
    near = min(len(means), max(_LEAST_NEAR, tied, ceil(len(means) / _SHARE_NEAR)))
    best = max(sign * value for arm in figures[:near] for value in arm)
    worst_near = min(sign * mean for mean in means[:near])
    worst = min(sign * value for arm in figures for value in arm)
    end = min(worst_near - _ROOM * (best - worst_near), *(sign * value for value in figures[0]))
    if best - worst <= _STRETCHED * (best - end):
        return None
    return sign * end
