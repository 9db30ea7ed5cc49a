"""Adam and AdamW through PyTorch's fused kernels, brought to Keras's formula.

Keras adds epsilon to sqrt(v) before the bias correction, PyTorch after it:
Keras:    w -= rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)
PyTorch:  w -= rate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon')
The two agree with epsilon' = epsilon / sqrt(1 - b2^t), which is passed anew at every step. Keras computes its step
size in the weights' precision, and in float32 1 - 0.999 has lost three digits; ours is computed the same way.

References:
    Kingma & Ba (2015); Loshchilov & Hutter (2019); `keras.optimizers.Adam`.
"""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from classlab.training.optimizers.base import Rows, Rule, StepCount, decay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.optimizers import Adam as AdamSpec
    from classlab.records.optimizers import AdamW as AdamWSpec


class Adam(Rule):
    """One pass over weights, gradients and both moments."""

    def __init__(self, spec: AdamSpec | AdamWSpec) -> None:
        self._spec = spec
        self._count = StepCount()

    def slots(self) -> dict[str, float]:
        """Running means of the gradient and of its square."""
        return {"momentum": 0.0, "velocity": 0.0}

    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:
        """One step."""
        spec = self._spec
        decay(rows, learning_rate=learning_rate, weight_decay=spec.weight_decay)
        first, second = 1 - spec.beta_1**step, 1 - spec.beta_2**step
        # PyTorch will divide by `first` and multiply by the root of `second`, so that Keras's step size remains.
        rate = _step_size(spec, learning_rate, step, rows.values[0].dtype) * first / sqrt(second)
        torch._fused_adam_(
            rows.values,
            rows.gradients,
            rows.slots["momentum"],
            rows.slots["velocity"],
            [],
            [self._count.at(step, rows.values[0].device)] * len(rows.values),
            lr=rate,
            beta1=spec.beta_1,
            beta2=spec.beta_2,
            weight_decay=0.0,
            eps=spec.epsilon / sqrt(second),
            amsgrad=False,
            maximize=False,
        )


def step_sizes(spec: AdamSpec | AdamWSpec, rates: NDArray[np.float64], steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """The step sizes of many steps in float32, see `_step_size`.

    Args:
        spec: the rule.
        rates: each step's learning rate, `(steps,)`.
        steps: their numbers from 1.
    """
    first, root = _corrections.__wrapped__(spec.beta_1, spec.beta_2, steps.astype(np.float32), np.float32)
    return rates.astype(np.float32) * root / first  # type: ignore[no-any-return]  # of float32 arrays


def _step_size(spec: AdamSpec | AdamWSpec, learning_rate: float, step: int, dtype: torch.dtype) -> float:
    """Rate * sqrt(1 - b2^t) / (1 - b1^t), rounded as Keras rounds it: to the weights' own precision."""
    kind = np.float64 if dtype == torch.float64 else np.float32
    first, root = _corrections(spec.beta_1, spec.beta_2, step, kind)
    return float(kind(learning_rate) * root / first)


@lru_cache(maxsize=64)
def _corrections(beta_1: float, beta_2: float, step: Any, kind: type[np.floating[Any]]) -> tuple[Any, Any]:
    """1 - b1^t and sqrt(1 - b2^t); members that differ in their rates alone share them."""
    count = np.asarray(step, kind)
    return 1 - kind(beta_1) ** count, np.sqrt(1 - kind(beta_2) ** count)
