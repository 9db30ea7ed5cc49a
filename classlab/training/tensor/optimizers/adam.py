"""Adam and AdamW through PyTorch's fused kernels, brought to Keras's formula.

Keras adds epsilon to sqrt(v) before the bias correction, PyTorch after it:
Keras:    w -= rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)
PyTorch:  w -= rate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon')
The two agree with epsilon' = epsilon / sqrt(1 - b2^t), which is passed anew at every step.

References:
    Kingma & Ba (2015); Loshchilov & Hutter (2019); `keras.optimizers.Adam`.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.training.loop.step_size import step_size
from classlab.training.tensor.optimizers.base import Rows, Rule, StepCount, decay

if TYPE_CHECKING:
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
        kind = np.float64 if rows.values[0].dtype == torch.float64 else np.float32
        # PyTorch will divide by `first` and multiply by the root of `second`, so that Keras's step size remains.
        rate = step_size(spec, learning_rate, step, kind) * first / sqrt(second)
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
