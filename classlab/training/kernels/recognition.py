"""The choice of networks and runs that the kernels compute: chains of dense layers under cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from math import prod
from typing import TYPE_CHECKING

from classlab.models.weights import weight_specs
from classlab.records import layers as specs
from classlab.records.architecture import Architecture
from classlab.training.kernels.library import kernels
from classlab.training.kernels.rules import known
from classlab.training.process.processor import on_processor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.options.words import DeviceName
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.run import Loss, RunSpec


class Function(IntEnum):
    """What may stand behind a dense layer: `enum activation` of kernels/structures.h."""

    LINEAR = 0
    RELU = 1
    SIGMOID = 2
    TANH = 3


_FUNCTIONS = {"relu": Function.RELU, "sigmoid": Function.SIGMOID, "tanh": Function.TANH}


@dataclass(frozen=True, kw_only=True)
class DenseLayer:
    """A dense layer and the activation behind it.

    Args:
        position: the layer's place in the architecture.
        inputs: values that come in.
        units: values that go out.
        activation: the function behind it.
    """

    position: int
    inputs: int
    units: int
    activation: Function = Function.LINEAR

    @property
    def kernel(self) -> str:
        """The kernel's key."""
        return f"{self.position}.kernel"

    @property
    def bias(self) -> str:
        """The bias's key."""
        return f"{self.position}.bias"


def trained_by_kernels(runs: Sequence[RunSpec], device: DeviceName) -> bool:
    """Whether the kernels train these runs, which share their network: every one's rule, precision and loss."""
    first = runs[0]
    return (
        first.precision != "float64"
        and first.top_k is None
        and all(known(run.optimizer) for run in runs)
        and isinstance(first.architecture, Architecture)
        and all(spec.regularizer is None for spec in weight_specs(first.architecture))
        and computed_by_kernels(first.architecture, first.loss, device)
    )


def computed_by_kernels(architecture: Architecture | KerasArchitecture, loss: Loss, device: DeviceName) -> bool:
    """Whether the kernels are here and know the network: for trained weights, whose rules no longer matter."""
    return (
        isinstance(architecture, Architecture)
        and kernels() is not None
        and on_processor(device)
        and dense_chain(architecture, loss) is not None
    )


def dense_chain(architecture: Architecture, loss: Loss) -> list[DenseLayer] | None:
    """The network as a chain of dense layers on flattened images that ends in raw scores; None where it is another.

    Args:
        architecture: the layers.
        loss: a closing softmax is left to it, see `Network`.
    """
    first, *following = architecture.layers or (None,)
    chained = architecture.inputs is None and isinstance(first, specs.Flatten)
    if not chained or loss.name == "mean_squared_error":
        return None
    found: list[DenseLayer] = []
    inputs, closed = prod(architecture.input_shape), loss.from_logits
    for position, layer in enumerate(following, 1):
        if isinstance(layer, specs.Dense) and layer.use_bias:
            found.append(DenseLayer(position=position, inputs=inputs, units=layer.units))
            inputs = layer.units
        function = _function(layer)
        if function == "softmax" and not closed and layer is following[-1]:
            closed = True
        elif function != "linear":
            if function not in _FUNCTIONS or not found or found[-1].activation is not Function.LINEAR:
                return None
            found[-1] = replace(found[-1], activation=_FUNCTIONS[function])
    return found if found and closed and found[-1].activation is Function.LINEAR else None


def _function(layer: specs.Layer) -> str | None:
    """The function that a layer applies, "linear" for none; None for a layer that no chain has."""
    match layer:
        case specs.Dense() if layer.use_bias:
            return layer.activation
        case specs.Activation():
            return layer.activation
        case specs.ReLU():
            return "relu"
        case _:
            return None
