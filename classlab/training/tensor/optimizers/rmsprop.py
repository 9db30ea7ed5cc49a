"""Rules that divide by squared gradients alone: RMSprop, plain, centered or with momentum, and Adagrad.

The plain RMSprop runs as one pass of PyTorch's fused Adam kernel with b1 = 0, on u = v + epsilon in place of v:
u = rho * (u + epsilon * (1 - rho) / rho) + (1 - rho) g^2 is RMSprop's running mean with epsilon carried along, so that
sqrt(u) is the denominator. The kernel divides sqrt(u) by its bias correction sqrt(1 - rho^t), which RMSprop has not;
the rate it is given makes up for that.

References:
    Tieleman & Hinton (2012); `keras.optimizers.RMSprop`, which adds epsilon under the root. Duchi et al. (2011);
    `keras.optimizers.Adagrad`, which does so too.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import torch

from classlab.training.loop.update_rules import is_plain
from classlab.training.tensor.optimizers.base import FusedAdam, Rows, Rule, decay

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.records.optimizers import Adagrad as AdagradSpec
    from classlab.records.optimizers import RMSprop as RMSpropSpec


class RMSprop(Rule):
    """v = rho v + (1 - rho) g^2; w -= rate * g / sqrt(v + epsilon)."""

    def __init__(self, spec: RMSpropSpec) -> None:
        self._spec = spec
        self._adam = FusedAdam()
        self._lift: Tensor | None = None
        self._plain = is_plain(spec)

    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:
        """One step."""
        decay(rows, learning_rate=learning_rate, weight_decay=self._spec.weight_decay)
        if self._plain:
            self._fused(rows, learning_rate, step)
        else:
            self._written_out(rows, learning_rate)

    def _fused(self, rows: Rows, learning_rate: float, step: int) -> None:
        rho = self._spec.rho
        velocity = rows.slots["velocity"]
        if self._lift is None or self._lift.device != velocity[0].device or self._lift.dtype != velocity[0].dtype:
            self._lift = velocity[0].new_tensor(self._spec.epsilon * (1 - rho) / rho)
        for values in velocity:
            values.add_(self._lift)  # a number would be made a tensor anew each time
        rate = learning_rate / sqrt(1 - rho**step)
        # With b1 = 0 the running mean of the gradient is the gradient.
        self._adam(rows, rows.gradients, step=step, rate=rate, betas=(0.0, rho), epsilon=0.0)

    def _written_out(self, rows: Rows, learning_rate: float) -> None:
        spec, v, g = self._spec, rows.slots["velocity"], rows.gradients
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


class Adagrad(Rule):
    """a += g^2; w -= rate * g / sqrt(a + epsilon)."""

    def __init__(self, spec: AdagradSpec) -> None:
        self._spec = spec

    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:  # noqa: ARG002 - one signature for all rules
        """One step."""
        accumulator, g = rows.slots["accumulator"], rows.gradients
        decay(rows, learning_rate=learning_rate, weight_decay=self._spec.weight_decay)
        torch._foreach_addcmul_(accumulator, g, g)
        denominator = torch._foreach_add(accumulator, self._spec.epsilon)
        torch._foreach_sqrt_(denominator)
        torch._foreach_addcdiv_(rows.values, g, denominator, -learning_rate)
