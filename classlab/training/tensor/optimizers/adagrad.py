"""Adagrad.

References:
    Duchi et al. (2011); `keras.optimizers.Adagrad`, which adds epsilon under the root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.optimizers.base import Rows, Rule, decay

if TYPE_CHECKING:
    from classlab.records.optimizers import Adagrad as AdagradSpec


class Adagrad(Rule):
    """a += g^2; w -= rate * g / sqrt(a + epsilon)."""

    def __init__(self, spec: AdagradSpec) -> None:
        self._spec = spec

    def slots(self) -> dict[str, float]:
        """Sum of squared gradients."""
        return {"accumulator": self._spec.initial_accumulator_value}

    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:  # noqa: ARG002 - one signature for all rules
        """One step."""
        accumulator, g = rows.slots["accumulator"], rows.gradients
        decay(rows, learning_rate=learning_rate, weight_decay=self._spec.weight_decay)
        torch._foreach_addcmul_(accumulator, g, g)
        denominator = torch._foreach_add(accumulator, self._spec.epsilon)
        torch._foreach_sqrt_(denominator)
        torch._foreach_addcdiv_(rows.values, g, denominator, -learning_rate)
