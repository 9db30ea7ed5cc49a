"""Layers that take several values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass


class Join(ABC):
    """One step of the network that takes the values of several others."""

    position: int = 0
    parameters: tuple[Parameter, ...] = ()

    @abstractmethod
    def forward(self, values: Sequence[Tensor], run: Pass) -> Tensor:
        """Values after this layer."""

    @abstractmethod
    def backward(self, gradient: Tensor, run: Pass) -> list[Tensor]:
        """The gradient of each of the values, in their order."""


class Add(Join):
    """Sum of all values."""

    def forward(self, values: Sequence[Tensor], run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """Keeps the shape."""
        first, *others = values
        self._count = len(values)
        for other in others:
            first = first + other
        return first

    def backward(self, gradient: Tensor, run: Pass) -> list[Tensor]:  # noqa: ARG002 - see above
        """The same for each."""
        return [gradient] * self._count
