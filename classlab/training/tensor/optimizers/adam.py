"""Adam and AdamW through PyTorch's fused kernels, brought to Keras's formula, and Adam with Nesterov momentum.

Keras adds epsilon to sqrt(v) before the bias correction, PyTorch after it:
Keras:    w -= rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)
PyTorch:  w -= rate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon')
The two agree with epsilon' = epsilon / sqrt(1 - b2^t), which is passed anew at every step.

References:
    Kingma & Ba (2015); Loshchilov & Hutter (2019); `keras.optimizers.Adam`. Dozat (2016);
    `keras.optimizers.Nadam`, whose momentum schedule is u_t = b1 * (1 - 0.5 * 0.96^t).
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.training.loop.update_rules import step_size
from classlab.training.tensor.optimizers.base import FusedAdam, Rows, Rule, decay

if TYPE_CHECKING:
    from classlab.records.optimizers import Adam as AdamSpec
    from classlab.records.optimizers import AdamW as AdamWSpec
    from classlab.records.optimizers import Nadam as NadamSpec


class Adam(Rule):
    """One pass over weights, gradients and both moments."""

    def __init__(self, spec: AdamSpec | AdamWSpec) -> None:
        self._spec = spec
        self._fused = FusedAdam()

    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:
        """One step."""
        spec = self._spec
        decay(rows, learning_rate=learning_rate, weight_decay=spec.weight_decay)
        first, second = 1 - spec.beta_1**step, 1 - spec.beta_2**step
        kind = np.float64 if rows.values[0].dtype == torch.float64 else np.float32
        # PyTorch will divide by `first` and multiply by the root of `second`, so that Keras's step size remains.
        rate = step_size(spec, learning_rate, step, kind) * first / sqrt(second)
        epsilon = spec.epsilon / sqrt(second)
        betas = spec.beta_1, spec.beta_2
        self._fused(rows, rows.slots["momentum"], step=step, rate=rate, betas=betas, epsilon=epsilon)


class Nadam(Rule):
    """w -= rate * (u_{t+1} m / (1 - U_{t+1}) + (1 - u_t) g / (1 - U_t)) / (sqrt(v / (1 - b2^t)) + epsilon).

    U_t is the product of u_1 to u_t.
    """

    def __init__(self, spec: NadamSpec) -> None:
        self._spec = spec
        self._products = [1.0]

    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:
        """One step."""
        spec, m, v, g = self._spec, rows.slots["momentum"], rows.slots["velocity"], rows.gradients
        decay(rows, learning_rate=learning_rate, weight_decay=spec.weight_decay)
        torch._foreach_lerp_(m, g, 1 - spec.beta_1)
        torch._foreach_mul_(v, spec.beta_2)
        torch._foreach_addcmul_(v, g, g, 1 - spec.beta_2)
        denominator = torch._foreach_div(v, 1 - spec.beta_2**step)
        torch._foreach_sqrt_(denominator)
        torch._foreach_add_(denominator, spec.epsilon)
        torch._foreach_addcdiv_(
            rows.values, m, denominator, -learning_rate * self._u(step + 1) / (1 - self._product(step + 1))
        )
        torch._foreach_addcdiv_(
            rows.values, g, denominator, -learning_rate * (1 - self._u(step)) / (1 - self._product(step))
        )

    def _u(self, step: int) -> float:
        return float(self._spec.beta_1 * (1 - 0.5 * 0.96**step))

    def _product(self, step: int) -> float:
        while len(self._products) <= step:
            self._products.append(self._products[-1] * self._u(len(self._products)))
        return self._products[step]
