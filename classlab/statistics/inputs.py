"""What the statistics accept: figures with gaps in them, and settings that make sense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classlab.errors import SpecError

Values: TypeAlias = Sequence[float | None] | NDArray[np.floating]
Table: TypeAlias = Sequence[Values] | NDArray[np.floating]


def figures(values: Values | Table, *, name: str, axes: tuple[str, ...]) -> NDArray[np.float64]:
    """Reads figures into an array in which everything that is not a finite number is NaN.

    A run that failed has no figure (None) and a run that diverged has one that is not finite; neither says how
    well its arm does when it works, so both are left out of the arithmetic and counted instead.

    Args:
        values: numbers, None where there is none.
        name: the argument's name, for the error's sentence.
        axes: names of the axes that the array must have.

    Raises:
        SpecError: the array has other axes, or holds something that is not a number.
    """
    given: Any = values  # NumPy reads None as NaN, which its types do not say
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise SpecError(
            f"`{name}` must be numbers of shape ({', '.join(axes)}), but got something else. "
            "Give None where a run has no figure."
        ) from None
    if array.ndim != len(axes):
        raise SpecError(
            f"`{name}` must have the shape ({', '.join(axes)}), but got shape={array.shape}. "
            "Give None where a run has no figure."
        )
    array[~np.isfinite(array)] = np.nan
    return array


def check_confidence(confidence: float) -> None:
    """Refuses a confidence that is no probability of being right.

    Raises:
        SpecError: it does not lie between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise SpecError(f"`confidence` must lie between 0 and 1, but got confidence={confidence}. 0.95 is usual.")


def check_margin(margin: float) -> None:
    """Refuses a margin that no difference could lie within.

    Raises:
        SpecError: it is negative or not a number.
    """
    if not 0 <= margin < float("inf"):
        raise SpecError(f"`margin` must be zero or more, but got margin={margin}. 0.002 is two images in a thousand.")


def check_count(count: int, *, name: str, least: int = 1) -> None:
    """Refuses a count that is too small.

    Raises:
        SpecError: it is below the least that makes sense.
    """
    if count < least:
        raise SpecError(f"`{name}` must be at least {least}, but got {name}={count}. Give more.")


def check_shares(accuracies: NDArray[np.float64]) -> None:
    """Refuses accuracies that are no shares; NaN, where there is none, passes.

    Args:
        accuracies: `(seeds,)`.

    Raises:
        SpecError: one lies outside 0 to 1.
    """
    wrong = accuracies[(accuracies < 0) | (accuracies > 1)]
    if len(wrong):
        raise SpecError(f"accuracies must be shares from 0 to 1, but got {wrong[0]:g}. Divide percentages by 100.")
