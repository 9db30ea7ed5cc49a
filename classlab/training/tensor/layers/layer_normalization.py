"""LayerNormalization over the last axis, each place of each image by itself.

References:
    Ba et al. (2016); the variance is the biased one, and the arithmetic float32 whatever enters, both as in Keras.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.layers.base import Layer

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.records.layers import LayerNormalization as LayerNormalizationSpec
    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass

_aten = torch.ops.aten


class LayerNormalization(Layer):
    """The library's fused normalization, member by member, as it scales and shifts by one member's weights.

    Without weights the leading axis may be groups instead of members, see `WeightlessLayer`.

    Args:
        spec: epsilon.
        parameters: by Keras's names, each `(members, features)`; none that the layer does without.
        dtype: arithmetic of the layer: float32, or float64 for checking.
    """

    def __init__(self, spec: LayerNormalizationSpec, parameters: dict[str, Parameter], *, dtype: torch.dtype) -> None:
        self.spec = spec
        self.parameters = tuple(parameters.values())
        self._gamma, self._beta = parameters.get("gamma"), parameters.get("beta")
        self._dtype = dtype
        self._saved: list[tuple[Tensor, Tensor, Tensor]] = []

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Keeps the shape `(members, batch, ..., features)`."""
        values = x.to(self._dtype).contiguous()
        outs, self._saved = [], []
        for own, gamma, beta in self._by_member(values, run):
            out, mean, inverse = _aten.native_layer_norm(own, own.shape[-1:], gamma, beta, self.spec.epsilon)
            outs.append(out)
            if run.training:
                self._saved.append((own, mean, inverse))
        return (outs[0][None] if len(outs) == 1 else torch.stack(outs)).view(x.shape).to(x.dtype)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Gradients of the weights, and of the input where wanted."""
        values = gradient.to(self._dtype).contiguous()
        mask = (wanted, self._gamma is not None, self._beta is not None)
        parts = []
        for member, (own, gamma, beta) in enumerate(self._by_member(values, run)):
            x, mean, inverse = self._saved[member]
            to_input, to_gamma, to_beta = _aten.native_layer_norm_backward(
                own, x, x.shape[-1:], mean, inverse, gamma, beta, mask
            )
            if self._gamma is not None:
                self._gamma.gradients_of(run.members)[member].copy_(to_gamma)
            if self._beta is not None:
                self._beta.gradients_of(run.members)[member].copy_(to_beta)
            parts.append(to_input)
        if not wanted:
            return None
        result: Tensor = parts[0][None] if len(parts) == 1 else torch.stack(parts)
        return result.view(gradient.shape).to(gradient.dtype)

    def _by_member(self, values: Tensor, run: Pass) -> list[tuple[Tensor, Tensor | None, Tensor | None]]:
        """Each member's values, gamma and beta; all values at once where no member has weights of its own."""
        if not self.parameters:
            return [(values, None, None)]
        gammas, betas = (
            [None] * len(values) if each is None else each.values_of(run.members).unbind()
            for each in (self._gamma, self._beta)
        )
        return list(zip(values, gammas, betas, strict=True))
