"""The base of all layers: forward, and a backward that is written out, or derived by PyTorch where a layer is rare."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass, Shared


class Layer(ABC):
    """One step of the network for all members of a pass.

    Values carry the member axis first: `(members, batch, features)` or `(members, batch, height, width, channels)`.
    Before the first layer with weights, members that share a seed share their values; see `Shared`.
    A layer remembers what its backward needs from its latest forward, so the two must alternate.
    """

    parameters: tuple[Parameter, ...] = ()

    position: int = 0
    """The place in the architecture of the layer that it computes, or of the first one where it computes several."""

    @abstractmethod
    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Values after this layer."""

    @abstractmethod
    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Writes the gradients of its weights; returns the gradient of its input where `wanted`."""


class FirstLayer(Layer):
    """A layer with weights that makes use of values that members share."""

    @abstractmethod
    def forward(self, x: Tensor | Shared, run: Pass) -> Tensor:
        """Values after this layer."""


class WeightlessLayer(Layer):
    """A layer without weights: shared values stay shared, their leading axis being groups instead of members."""


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
