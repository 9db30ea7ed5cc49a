"""The choice of networks and runs that the kernels compute, and in which of their two ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from classlab.extras import installed
from classlab.models.arithmetic import gains_from_half_precision
from classlab.models.weights import weight_specs
from classlab.records.architecture import Architecture
from classlab.training.kernels.chain_layers import IN_PLACE, Function, Kind, chain_of, convolves
from classlab.training.kernels.library import kernels
from classlab.training.kernels.rules import known
from classlab.training.process.processor import auto_is_bfloat16, multiplies_tiles, on_processor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.options.words import DeviceName, Precision
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.run import Loss, RunSpec
    from classlab.training.kernels.chain_layers import Layer

Method = Literal["fused", "chain"]
"""Dense networks whose neighbors are fused, and chains of layers, member by member."""


# The vectors on which the kernels' convolutions are quicker than PyTorch's, see docs/performance.md. Without PyTorch
# they are there for every processor.
_QUICKER_CONVOLUTIONS = ("AVX512", "AVX2", "DEFAULT")


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


def method_for_training(runs: Sequence[RunSpec], device: DeviceName) -> Method | None:
    """How the kernels train these runs, which share their network; None where PyTorch is to."""
    first = runs[0]
    if first.precision == "float64" or not isinstance(first.architecture, Architecture):
        return None
    method = method_for_measuring(first.architecture, first.loss, device)
    plain = (
        first.top_k is None
        and all(known(run.optimizer) for run in runs)
        and all(spec.regularizer is None for spec in weight_specs(first.architecture))
    )
    if method == "fused" and not plain:
        method = "chain"
    precision = settled_precision(first, device)
    narrow = precision == "bfloat16" or (precision == "auto" and auto_is_bfloat16())
    return None if method == "chain" and narrow and gains_from_half_precision(first.architecture) else method


def settled_precision(run: RunSpec, device: DeviceName) -> Precision:
    """What a run is computed in as far as its network decides: `auto` may come to float32.

    With AVX512-BF16 alone, PyTorch computes convolutions in bfloat16 more slowly than the kernels do in float32: the
    lab's CNN in more than twice the time, see docs/evidence/performance.md.
    """
    if run.precision != "auto" or multiplies_tiles():
        return run.precision
    return "auto" if method_for_measuring(run.architecture, run.loss, device) is None else "float32"


def method_for_measuring(
    architecture: Architecture | KerasArchitecture, loss: Loss, device: DeviceName
) -> Method | None:
    """How the kernels measure trained weights of a network; None where PyTorch or Keras is to."""
    library = kernels()
    if library is None or not isinstance(architecture, Architecture) or not on_processor(device):
        return None
    layers = chain_of(architecture, loss, lanes=library.lanes)
    if layers is None:
        return None
    if fused_layers(layers, loss) is not None:
        return "fused"
    quicker = library.name.decode() in _QUICKER_CONVOLUTIONS or not installed("torch")
    return "chain" if quicker or not convolves(layers) else None


def fused_layers(layers: Sequence[Layer], loss: Loss) -> list[DenseLayer] | None:
    """A chain as dense layers that end in raw scores, each with its activation; None where it is another.

    Args:
        layers: the chain.
        loss: what it is trained by.
    """
    if loss.name == "mean_squared_error":
        return None
    found: list[DenseLayer] = []
    for layer in layers:
        if layer.kind is Kind.DENSE and layer.bias:
            found.append(DenseLayer(position=layer.weights, inputs=layer.entering[2], units=layer.leaving[2]))
        elif layer.function in IN_PLACE and found and found[-1].activation is Function.LINEAR:
            found[-1] = replace(found[-1], activation=layer.function)
        else:
            return None
    return found if found and found[-1].activation is Function.LINEAR else None
