"""Layers whose backward PyTorch derives: those too rare to be worth a backward of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.layers.base import WeightlessLayer

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from classlab.training.tensor.passes import Pass


class Differentiated(WeightlessLayer):
    """A weightless function of its input, differentiated by autograd within this one layer.

    Args:
        function: maps values to values, members and batch untouched.
    """

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        self._function = function
        self._x: Tensor
        self._y: Tensor

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Applies the function; records it for backward while training."""
        if not run.training:
            return self._function(x)
        # The engine runs in inference mode, where autograd is off; a clone made outside of it can be tracked.
        with torch.inference_mode(False), torch.enable_grad():
            self._x = x.clone().requires_grad_()
            self._y = self._function(self._x)
        return self._y.detach()

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - one signature for all layers
        """Vector-Jacobian product at the latest forward's input."""
        if not wanted:
            return None
        with torch.inference_mode(False), torch.enable_grad():
            (result,) = torch.autograd.grad(self._y, self._x, gradient.clone())
        return result
