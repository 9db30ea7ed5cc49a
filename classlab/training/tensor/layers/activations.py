"""Activation functions; the common ones with PyTorch's own backward kernels, the others through autograd.

References:
    `keras.activations`; SELU's constants are those of Klambauer et al. (2017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.records.layers import LEAKY_RELU_SLOPE
from classlab.training.tensor.layers.base import Differentiated, WeightlessLayer

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from classlab.records.layers import ActivationName
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.passes import Pass

_aten = torch.ops.aten


class InPlace(WeightlessLayer):
    """An activation whose derivative is a function of its output, so that it may overwrite its input.

    It must not where another layer still needs that input; whoever builds the network sets `overwrites`.
    """

    overwrites = False

    def __init__(
        self, name: ActivationName, forward: Callable[[Tensor], Tensor], backward: Callable[[Tensor, Tensor], Tensor]
    ) -> None:
        self.name = name
        self._forward = forward
        self._backward = backward
        self._y: Tensor

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """Applies the function."""
        self._y = self._forward(x if self.overwrites else x.clone())
        return self._y

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """Multiplies by the derivative."""
        return self._backward(gradient, self._y) if wanted else None


class Softmax(WeightlessLayer):
    """Softmax over the last axis."""

    def __init__(self) -> None:
        self._y: Tensor

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """`(members, batch, classes)` scores to probabilities."""
        self._y = torch.softmax(x, -1)
        return self._y

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """Jacobian product, y * (g - sum(g * y))."""
        if not wanted:
            return None
        return _aten._softmax_backward_data(gradient.contiguous(), self._y, -1, self._y.dtype)  # type: ignore[no-any-return]


def leaky_relu(slope: float) -> Layer:
    """`x` where positive, `slope * x` elsewhere."""
    return InPlace(
        "leaky_relu",
        lambda x: F.leaky_relu_(x, slope),
        lambda g, y: _aten.leaky_relu_backward(g, y, slope, True),
    )


def activation(name: ActivationName) -> Layer | None:
    """The layer for an activation function of Keras's, or None for `linear`."""
    match name:
        case "linear":
            return None
        case "relu":
            return InPlace(name, torch.relu_, lambda g, y: _aten.threshold_backward(g, y, 0))
        case "sigmoid":
            return InPlace(name, torch.sigmoid_, _aten.sigmoid_backward)
        case "tanh":
            return InPlace(name, torch.tanh_, _aten.tanh_backward)
        case "softmax":
            return Softmax()
        case "leaky_relu":
            return leaky_relu(LEAKY_RELU_SLOPE)
        case "elu":
            return Differentiated(F.elu)
        case "selu":
            return Differentiated(F.selu)
        case "gelu":
            return Differentiated(F.gelu)
        case "silu":
            return Differentiated(F.silu)
        case "softplus":
            return Differentiated(F.softplus)
