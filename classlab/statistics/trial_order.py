"""The order of remedies that were tried: what helped comes first, and no small difference decides between two."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ERRORS_NEEDED = 3.0  # standard errors by which a version must be better


@dataclass(frozen=True, kw_only=True)
class Gained:
    """What a remedy came to beside the same start.

    Args:
        confirmed: whether it helped.
        gain: by which the remedied version is better.
        standard_error: of the gain.
    """

    confirmed: bool
    gain: float
    standard_error: float


def trial_order(tried: Sequence[Gained]) -> list[int]:
    """Places of remedies, best first.

    Confirmed ones come first: the best and all that cannot be told from it in the order they were named, since that is
    how likely they are; then the others by what they gained. What was not confirmed keeps its order behind.

    Args:
        tried: remedies as they were named, the likeliest first.

    Example:
        >>> weak, strong, near = (Gained(confirmed=True, gain=g, standard_error=0.01) for g in (0.1, 0.5, 0.48))
        >>> none = Gained(confirmed=False, gain=0.02, standard_error=0.01)
        >>> trial_order([none, weak, near, strong])
        [2, 3, 1, 0]
    """
    best = max((each for each in tried if each.confirmed), key=lambda each: each.gain, default=None)

    def rank(place: int) -> tuple[int, float]:
        each = tried[place]
        if best is None or not each.confirmed:
            return 2, 0.0
        near = best.gain - each.gain <= ERRORS_NEEDED * hypot(best.standard_error, each.standard_error)
        return (0, 0.0) if near else (1, -each.gain)

    return sorted(range(len(tried)), key=rank)
