"""Gradient clipping, each member by its own limits.

References:
    Keras's optimizers clip by value, by the norm of one array, and by that of all arrays together; the last is
    Pascanu et al. (2013).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import torch

from classlab.training.loop.update_rules import limits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.records.optimizers import Optimizer
    from classlab.training.tensor.parameters import Parameter


class Clipping:
    """Limits of a population's members; infinite where a member has none.

    Args:
        optimizers: each member's optimizer specification.
        device: where gradients live.
    """

    def __init__(self, optimizers: Sequence[Optimizer], *, device: torch.device) -> None:
        limits = zip(*map(limits_of, optimizers), strict=True)
        self._value, self._norm, self._global = (_limits(each, device) for each in limits)

    def apply(self, parameters: Sequence[Parameter]) -> None:
        """Clips the gradients in place."""
        if self._value is not None:
            for parameter in parameters:
                limit = _aligned(self._value, parameter.gradient)
                parameter.gradient.clamp_(-limit, limit)
        if self._norm is not None:
            for parameter in parameters:
                _scale(parameter.gradient, self._norm, _square_norm(parameter.gradient).sqrt())
        if self._global is not None:
            total = torch.stack([_square_norm(p.gradient) for p in parameters]).sum(0).sqrt()
            for parameter in parameters:
                _scale(parameter.gradient, self._global, total)


def _limits(values: Sequence[float | None], device: torch.device) -> Tensor | None:
    if all(value is None for value in values):
        return None
    return torch.tensor([inf if value is None else value for value in values], device=device)


def _square_norm(gradient: Tensor) -> Tensor:
    """`(members,)`."""
    return gradient.flatten(1).square().sum(1)


def _scale(gradient: Tensor, limit: Tensor, norm: Tensor) -> None:
    """Shrinks a member's gradient to its limit where its norm is larger, and leaves it untouched elsewhere."""
    gradient.mul_(_aligned(torch.where(norm > limit, limit / norm, torch.ones_like(norm)), gradient))


def _aligned(per_member: Tensor, like: Tensor) -> Tensor:
    return per_member.view(-1, *(1,) * (like.ndim - 1))
