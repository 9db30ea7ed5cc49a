"""RMSprop, plain, centred or with momentum.

References:
    Tieleman & Hinton (2012); `keras.optimizers.RMSprop`, which adds epsilon under the root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.optimizers.base import Rows, Rule, decay

if TYPE_CHECKING:
    from classlab.records.optimizers import RMSprop as RMSpropSpec


class RMSprop(Rule):
    """v = rho v + (1 - rho) g^2; w -= rate * g / sqrt(v + epsilon)."""

    def __init__(self, spec: RMSpropSpec) -> None:
        self._spec = spec

    def slots(self) -> dict[str, float]:
        """Running mean of the squared gradient, and what the variants need."""
        found = {"velocity": 0.0}
        if self._spec.momentum:
            found["momentum"] = 0.0
        if self._spec.centered:
            found["average"] = 0.0
        return found

    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:  # noqa: ARG002 - one signature for all rules
        """One step."""
        spec, v, g = self._spec, rows.slots["velocity"], rows.gradients
        decay(rows, learning_rate=learning_rate, weight_decay=spec.weight_decay)
        torch._foreach_mul_(v, spec.rho)
        torch._foreach_addcmul_(v, g, g, 1 - spec.rho)
        denominator = torch._foreach_add(v, spec.epsilon)
        if spec.centered:
            average = rows.slots["average"]
            torch._foreach_lerp_(average, g, 1 - spec.rho)
            torch._foreach_addcmul_(denominator, average, average, -1.0)
        torch._foreach_sqrt_(denominator)
        if spec.momentum:
            momentum = rows.slots["momentum"]
            torch._foreach_mul_(momentum, spec.momentum)
            torch._foreach_addcdiv_(momentum, g, denominator, learning_rate)
            torch._foreach_sub_(rows.values, momentum)
        else:
            torch._foreach_addcdiv_(rows.values, g, denominator, -learning_rate)
