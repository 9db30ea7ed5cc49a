"""Which networks bfloat16 is for: those whose time is that of convolutions or recurrent layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records.architecture import Architecture
from classlab.records.layers import GRU, LSTM, Conv2D, DepthwiseConv2D, SeparableConv2D

if TYPE_CHECKING:
    from classlab.records.architecture import KerasArchitecture

_PLAIN = {"Conv1D", "Conv2D", "Conv3D"}


def gains_from_half_precision(architecture: Architecture | KerasArchitecture) -> bool:
    """Whether a layer computes in bfloat16 where that is asked for; of a Keras model its plain convolutions do."""
    if not isinstance(architecture, Architecture):
        return not _PLAIN.isdisjoint(layer_kinds(architecture))
    narrow = Conv2D | DepthwiseConv2D | SeparableConv2D | LSTM | GRU
    return any(isinstance(layer, narrow) for layer in architecture.layers)


def layer_kinds(architecture: Architecture | KerasArchitecture) -> set[str]:
    """The classes of all layers, by Keras's names."""
    if isinstance(architecture, Architecture):
        return {layer.kind for layer in architecture.layers}
    return {kind for kind, _ in architecture.described()}
