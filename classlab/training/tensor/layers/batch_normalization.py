"""BatchNormalization over the last axis, each member by its own batch statistics.

References:
    Ioffe & Szegedy (2015); like Keras, the moving variance takes the biased variance of the batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.layers.base import Layer

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.records.layers import BatchNormalization as BatchNormalizationSpec
    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass


class BatchNormalization(Layer):
    """Normalizes every channel of every member.

    Args:
        spec: momentum and epsilon.
        parameters: by Keras's names, each `(members, channels)`.
    """

    def __init__(self, spec: BatchNormalizationSpec, parameters: dict[str, Parameter]) -> None:
        self.spec = spec
        self._by_name = parameters
        self.parameters = tuple(parameters.values())
        self.gamma, self.beta = parameters.get("gamma"), parameters.get("beta")
        self.moving_mean, self.moving_variance = parameters["moving_mean"], parameters["moving_variance"]
        self._normalized: Tensor
        self._inverse: Tensor

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Keeps the shape `(members, batch, ..., channels)`; updates the moving statistics while training."""
        values = x.to(self._by_name["moving_mean"].value.dtype)
        axes = tuple(range(1, values.ndim - 1))
        if run.drops:
            variance, mean = torch.var_mean(values, axes, correction=0, keepdim=True)
            self._move("moving_mean", mean, run)
            self._move("moving_variance", variance, run)
        else:
            mean = self._shaped("moving_mean", values, run)
            variance = self._shaped("moving_variance", values, run)
        self._inverse = torch.rsqrt(variance + self.spec.epsilon)
        self._normalized = (values - mean) * self._inverse
        out = self._normalized
        if self.spec.scale:
            out = out * self._shaped("gamma", values, run)
        if self.spec.center:
            out = out + self._shaped("beta", values, run)
        # The input is overwritten by in-place activations that follow, so the normalized values must be our own.
        return out.to(x.dtype) if out is not self._normalized else out.clone().to(x.dtype)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Through the batch's own mean and variance.

        With y the normalized values and g their gradient:
        dx = (g - mean(g) - y * mean(g * y)) / sqrt(variance + epsilon).
        Moving statistics do not depend on the batch: then dx = g / sqrt(variance + epsilon).
        """
        values = gradient.to(self._normalized.dtype)
        axes = tuple(range(1, values.ndim - 1))
        if self.spec.center:
            self._by_name["beta"].gradient[run.members] = values.sum(axes)
        if self.spec.scale:
            self._by_name["gamma"].gradient[run.members] = (values * self._normalized).sum(axes)
            values = values * self._shaped("gamma", values, run)
        if not wanted:
            return None
        if not run.drops:
            return (values * self._inverse).to(gradient.dtype)
        along = (values * self._normalized).mean(axes, keepdim=True)
        centered = values - values.mean(axes, keepdim=True) - self._normalized * along
        return (centered * self._inverse).to(gradient.dtype)

    def _shaped(self, name: str, like: Tensor, run: Pass) -> Tensor:
        """A parameter's values `(members, 1, ..., channels)`."""
        value = self._by_name[name].value[run.members]
        return value.view(value.shape[0], *(1,) * (like.ndim - 2), value.shape[1])

    def _move(self, name: str, batch: Tensor, run: Pass) -> None:
        value = self._by_name[name].value[run.members]
        value.lerp_(batch.reshape(value.shape), 1 - self.spec.momentum)
