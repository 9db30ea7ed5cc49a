"""Gradient descent with momentum.

References:
    `keras.optimizers.SGD`; momentum as in Polyak (1964), Nesterov's variant as in Sutskever et al. (2013).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.optimizers.base import Rows, Rule, decay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.records import optimizers as specs


class SGD(Rule):
    """v = momentum * v - rate * g; w += v, or w += momentum * v - rate * g with Nesterov."""

    def __init__(self, spec: specs.SGD) -> None:
        self._spec = spec
        self._column: tuple[tuple[float, ...], Tensor] | None = None

    def update(self, rows: Rows, *, learning_rate: float, step: int) -> None:  # noqa: ARG002 - one signature for all rules
        """One step."""
        decay(rows, learning_rate=learning_rate, weight_decay=self._spec.weight_decay)
        if not self._spec.momentum:
            torch._foreach_add_(rows.values, rows.gradients, alpha=-learning_rate)
            return
        velocity = rows.slots["velocity"]
        torch._foreach_mul_(velocity, self._spec.momentum)
        torch._foreach_add_(velocity, rows.gradients, alpha=-learning_rate)
        if self._spec.nesterov:
            torch._foreach_add_(rows.values, velocity, alpha=self._spec.momentum)
            torch._foreach_add_(rows.values, rows.gradients, alpha=-learning_rate)
        else:
            torch._foreach_add_(rows.values, velocity)

    @property
    def mixes_rates(self) -> bool:
        """The plain rule does."""
        return not self._spec.momentum and not self._spec.weight_decay

    def update_mixed(self, rows: Rows, *, learning_rates: Sequence[float], step: int) -> None:  # noqa: ARG002 - see above
        """One product with a column of rates."""
        rates = tuple(learning_rates)
        if self._column is None or self._column[0] != rates:
            self._column = (rates, rows.values[0].new_tensor(rates))
        for values, gradients in zip(rows.values, rows.gradients, strict=True):
            values.addcmul_(gradients, self._column[1].view(-1, *(1,) * (values.ndim - 1)), value=-1)
