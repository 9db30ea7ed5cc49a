"""Adam's step size in the precision in which Keras computes it.

rate * sqrt(1 - b2^t) / (1 - b1^t): Keras computes it in the weights' precision, and in float32 1 - 0.999 has lost three
digits.

References:
    Kingma & Ba (2015), end of section 2; `keras.optimizers.Adam.update_step`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.optimizers import Adam, AdamW


def step_size(spec: Adam | AdamW, learning_rate: float, step: int, kind: type[np.floating[Any]]) -> float:
    """One step's size.

    Args:
        spec: the rule.
        learning_rate: the rate of this step.
        step: its number from 1.
        kind: the weights' precision.
    """
    first, root = _corrections(spec.beta_1, spec.beta_2, step, kind)  # type: ignore[arg-type]  # classes do hash
    return float(kind(learning_rate) * root / first)


def step_sizes(spec: Adam | AdamW, rates: NDArray[np.float64], steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """The sizes of many steps in float32.

    Args:
        spec: the rule.
        rates: each step's learning rate, `(steps,)`.
        steps: their numbers from 1.
    """
    first, root = _corrections.__wrapped__(spec.beta_1, spec.beta_2, steps.astype(np.float32), np.float32)
    return rates.astype(np.float32) * root / first  # type: ignore[no-any-return]  # of float32 arrays


@lru_cache(maxsize=64)
def _corrections(beta_1: float, beta_2: float, step: Any, kind: type[np.floating[Any]]) -> tuple[Any, Any]:
    """1 - b1^t and sqrt(1 - b2^t); members that differ in their rates alone share them."""
    count = np.asarray(step, kind)
    return 1 - kind(beta_1) ** count, np.sqrt(1 - kind(beta_2) ** count)
