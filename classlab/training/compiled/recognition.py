"""Which populations the kernels can train: chains of dense layers under cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.training.layers.activations import InPlace
from classlab.training.layers.dense import Dense
from classlab.training.layers.simple import Flatten
from classlab.training.losses import CrossEntropyFromScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.training.layers.base import Layer
    from classlab.training.losses import Loss
    from classlab.training.parameters import Parameter

# `enum activation` of kernels/dense.c.
_LINEAR = 0
_ACTIVATIONS = {"relu": 1, "sigmoid": 2, "tanh": 3}


@dataclass(frozen=True, kw_only=True)
class DenseLayer:
    """A dense layer and the activation behind it.

    Args:
        kernel: `(members, units, inputs)`.
        bias: `(members, units)`.
        activation: the kernels' number for it.
    """

    kernel: Parameter
    bias: Parameter
    activation: int

    @property
    def inputs(self) -> int:
        """Values that come in."""
        return int(self.kernel.value.shape[2])

    @property
    def units(self) -> int:
        """Values that go out."""
        return int(self.kernel.value.shape[1])


def dense_chain(layers: Sequence[Layer], loss: Loss) -> list[DenseLayer] | None:
    """The network as a chain of dense layers on flattened images; None where it is anything else.

    Args:
        layers: the engine's layers, without a softmax that is left to the loss.
        loss: what the network is trained by.
    """
    if not isinstance(loss, CrossEntropyFromScores) or not layers or not isinstance(layers[0], Flatten):
        return None
    found: list[DenseLayer] = []
    activated = True
    for layer in layers[1:]:
        match layer:
            case Dense(kernel=kernel, bias=bias) if bias is not None:
                found.append(DenseLayer(kernel=kernel, bias=bias, activation=_LINEAR))
                activated = False
            case InPlace(name=name) if name in _ACTIVATIONS and not activated:
                found[-1] = DenseLayer(kernel=found[-1].kernel, bias=found[-1].bias, activation=_ACTIVATIONS[name])
                activated = True
            case _:
                return None
    return found if found and found[-1].activation == _LINEAR else None
