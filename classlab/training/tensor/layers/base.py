"""What every layer of the engine does: forward, and a backward that is written out rather than recorded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass, Shared


class Layer(ABC):
    """One step of the network for all members of a pass.

    Values carry the member axis first: `(members, batch, features)` or `(members, batch, height, width, channels)`.
    Before the first layer with weights, members that share a seed share their values; see `Shared`.
    A layer remembers what its backward needs from its latest forward, so the two must alternate.
    """

    takes_shared: ClassVar[bool] = False
    """Whether `forward` accepts `Shared` values; otherwise the network repeats them for each member."""

    parameters: tuple[Parameter, ...] = ()

    @abstractmethod
    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Values after this layer."""

    @abstractmethod
    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Writes the gradients of its weights; returns the gradient of its input where `wanted`."""


class FirstLayer(Layer):
    """A layer with weights that makes use of values that members share."""

    takes_shared = True

    @abstractmethod
    def forward(self, x: Tensor | Shared, run: Pass) -> Tensor:
        """Values after this layer."""


class WeightlessLayer(Layer):
    """A layer without weights: shared values stay shared, their leading axis being groups instead of members."""
