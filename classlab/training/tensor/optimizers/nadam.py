"""Adam with Nesterov momentum.

References:
    Dozat (2016); `keras.optimizers.Nadam`, whose momentum schedule is u_t = b1 * (1 - 0.5 * 0.96^t).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.optimizers.base import Rows, Rule, decay

if TYPE_CHECKING:
    from classlab.records.optimizers import Nadam as NadamSpec


class Nadam(Rule):
    """w -= rate * (u_{t+1} m / (1 - U_{t+1}) + (1 - u_t) g / (1 - U_t)) / (sqrt(v / (1 - b2^t)) + epsilon).

    U_t is the product of u_1 to u_t.
    """

    def __init__(self, spec: NadamSpec) -> None:
        self._spec = spec
        self._products = [1.0]

    def slots(self) -> dict[str, float]:
        """Running means of the gradient and of its square."""
        return {"momentum": 0.0, "velocity": 0.0}

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
