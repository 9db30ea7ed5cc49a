"""Update rules as every backend knows them: the state beside the weights, limits on gradients, Adam's step size.

rate * sqrt(1 - b2^t) / (1 - b1^t): Keras computes it in the weights' precision, and in float32 1 - 0.999 has lost three
digits.

References:
    Kingma & Ba (2015), end of section 2; `keras.optimizers.Adam.update_step`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.records.optimizers import SGD, Adagrad, RMSprop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.optimizers import Adam, AdamW, Optimizer


def slots_of(optimizer: Optimizer) -> dict[str, float]:
    """Names of the state that a rule keeps for every weight, with the value it starts from."""
    match optimizer:
        case SGD():
            return {"velocity": 0.0} if optimizer.momentum else {}
        case RMSprop() if is_plain(optimizer):
            # The running mean of the squared gradient with epsilon added, as the fused kernels carry it along.
            return {"velocity": optimizer.epsilon}
        case RMSprop():
            variants = {"momentum": optimizer.momentum, "average": optimizer.centered}
            return {"velocity": 0.0} | {name: 0.0 for name, there in variants.items() if there}
        case Adagrad():
            return {"accumulator": optimizer.initial_accumulator_value}
        case _:
            return {"momentum": 0.0, "velocity": 0.0}


def is_plain(rule: RMSprop) -> bool:
    """Whether it is the rule without variants, which runs fused."""
    return not rule.momentum and not rule.centered and 0 < rule.rho < 1


def limits_of(optimizer: Optimizer) -> tuple[float | None, float | None, float | None]:
    """Limits on a gradient's values, on the norm of each array, and on the norm of all of them together."""
    return optimizer.clipvalue, optimizer.clipnorm, optimizer.global_clipnorm


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
