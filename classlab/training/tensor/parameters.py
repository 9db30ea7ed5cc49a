"""Weights of a whole population: values and gradients with the member axis first, and the penalties on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.loop.weight_layout import stacked, to_keras

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.models.weights import WeightSpec


class Parameter:
    """A weight of every member, stacked, in the engine's layout.

    Args:
        spec: the weight.
        arrays: each member's array in Keras's shape.
        device: where it lives.
        dtype: float32, or float64 for checking.
    """

    def __init__(
        self, spec: WeightSpec, arrays: Sequence[NDArray[np.float32]], *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.spec = spec
        self.value: Tensor = torch.from_numpy(stacked(arrays, spec)).to(device, dtype)
        self.gradient: Tensor = torch.zeros_like(self.value) if spec.trainable else self.value.new_empty(0)
        self._members = len(arrays)  # asking a tensor takes microseconds, and every step asks often

    def values_of(self, members: slice) -> Tensor:
        """The values of consecutive members; no call into PyTorch where they are all members."""
        return self.value if members.stop - members.start == self._members else self.value[members]

    def gradients_of(self, members: slice) -> Tensor:
        """The gradients of consecutive members, to be written to."""
        return self.gradient if members.stop - members.start == self._members else self.gradient[members]

    def member(self, index: int) -> NDArray[np.float32]:
        """One member's array in Keras's shape, copied to the host."""
        array: NDArray[np.float32] = self.value[index].float().cpu().numpy()
        return to_keras(array, self.spec)

    def keep(self, members: Tensor) -> None:
        """Drops every member that is not among `members`, an int64 tensor `(kept,)`."""
        self.value = self.value.index_select(0, members)
        self._members = len(members)
        if self.spec.trainable:
            self.gradient = torch.zeros_like(self.value)


class Penalties:
    """The regularizers of an architecture: l1 * sum|w| + l2 * sum w^2, over all regularized weights.

    Args:
        parameters: all weights of a population.
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._penalized = [(p, p.spec.regularizer) for p in parameters if p.spec.regularizer is not None]

    def __bool__(self) -> bool:
        return bool(self._penalized)

    def values(self) -> Tensor:
        """Each member's penalty, `(members,)`."""
        parts = []
        for parameter, rule in self._penalized:
            flat = parameter.value.flatten(1)
            parts.append(rule.l1 * flat.abs().sum(1) + rule.l2 * flat.square().sum(1))
        return torch.stack(parts).sum(0)

    def add_gradients(self) -> None:
        """Adds l1 * sign(w) + 2 * l2 * w to the gradients."""
        for parameter, rule in self._penalized:
            if rule.l2:
                parameter.gradient.add_(parameter.value, alpha=2 * rule.l2)
            if rule.l1:
                parameter.gradient.add_(parameter.value.sign(), alpha=rule.l1)
