"""L1 and L2 penalties: what they add to the loss and to the gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.training.tensor.parameters import Parameter


class Penalties:
    """The regularizers of an architecture: l1 * sum|w| + l2 * sum w^2, over all regularised weights.

    Args:
        parameters: all weights of a population.
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._penalised = [(p, p.spec.regularizer) for p in parameters if p.spec.regularizer is not None]

    def __bool__(self) -> bool:
        return bool(self._penalised)

    def values(self) -> Tensor:
        """Each member's penalty, `(members,)`."""
        parts = []
        for parameter, rule in self._penalised:
            flat = parameter.value.flatten(1)
            parts.append(rule.l1 * flat.abs().sum(1) + rule.l2 * flat.square().sum(1))
        return torch.stack(parts).sum(0)

    def add_gradients(self) -> None:
        """Adds l1 * sign(w) + 2 * l2 * w to the gradients."""
        for parameter, rule in self._penalised:
            if rule.l2:
                parameter.gradient.add_(parameter.value, alpha=2 * rule.l2)
            if rule.l1:
                parameter.gradient.add_(parameter.value.sign(), alpha=rule.l1)
