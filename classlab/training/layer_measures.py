"""What a probe measures behind a layer with weights: units that are always 0, saturation, spread between images."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import torch

from classlab.records import layers as specs
from classlab.training.layers.activations import InPlace, Softmax
from classlab.training.layers.differentiated import Differentiated
from classlab.training.layers.pooling import MaxPooling

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.records.architecture import Architecture
    from classlab.training.network import Network

# Within this distance of its bounds a sigmoid's slope is below 0.0475, a fifth of its largest.
_NEAR_BOUND = 0.05


@dataclass(frozen=True)
class Point:
    """Where a layer is measured.

    Args:
        layer: its position in the architecture.
        activation: the function behind it, by Keras's name.
    """

    layer: int
    activation: str


def measuring_points(network: Network, architecture: Architecture) -> dict[int, Point]:
    """By position among the engine's layers: behind each layer with weights, its activation included.

    A closing softmax is left out: what is measured of the last layer are its raw scores.
    """
    points: dict[int, Point] = {}
    for place, layer in enumerate(network.layers):
        if not layer.parameters:
            continue
        position = layer.parameters[0].spec.layer
        function, behind = activation_behind(architecture, position), place
        if function not in ("linear", "softmax"):
            # A max-pooling may stand between: the engine puts it before relu, and users put it before activations.
            ahead = islice(enumerate(network.layers[place + 1 :], place + 1), 2)
            for other, following in ahead:
                if isinstance(following, InPlace | Differentiated | Softmax):
                    behind = other
                    break
                if not isinstance(following, MaxPooling):
                    break
        points[behind] = Point(position, function)
    return points


def activation_behind(architecture: Architecture, position: int) -> str:
    """The function behind a layer: its own, or that of an activation layer which follows, pooling skipped."""
    own = getattr(architecture.layers[position], "activation", "linear")
    if own != "linear":
        return str(own)
    for layer in architecture.layers[position + 1 :]:
        match layer:
            case specs.Activation():
                return layer.activation
            case specs.ReLU():
                return "relu"
            case specs.LeakyReLU():
                return "leaky_relu"
            case specs.MaxPooling2D():
                continue
            case _:
                return "linear"
    return "linear"


class Accumulator:
    """Adds up one layer's outputs over batches of the probe.

    Args:
        activation: the function behind the layer.
        members: how many members.
        units: units or channels.
        device: where the sums live.
    """

    def __init__(self, activation: str, *, members: int, units: int, device: torch.device) -> None:
        self._activation = activation
        shape = (members, units)
        self._count = torch.zeros(members, dtype=torch.float64, device=device)
        self._sum = torch.zeros(shape, dtype=torch.float64, device=device)
        self._squares = self._sum.clone()
        self._alive = torch.zeros(shape, dtype=torch.bool, device=device)
        self._near = self._count.clone()

    def add(self, x: Tensor, members: slice) -> None:
        """Takes outputs `(members, batch, ..., units)` of some members."""
        values = x.float() if x.dtype != torch.float64 else x
        axes = tuple(range(1, x.ndim - 1))
        count = x[0].numel() // x.shape[-1]
        variance, mean = torch.var_mean(values, axes, correction=0)
        mean, variance = mean.double(), variance.double()
        self._count[members] += count
        self._sum[members] += mean * count
        self._squares[members] += (variance + mean.square()) * count
        if self._activation == "relu":
            self._alive[members] |= values.amax(axes) > 0
        elif self._activation in ("sigmoid", "tanh"):
            middle, half = (0.5, 0.5) if self._activation == "sigmoid" else (0.0, 1.0)
            near = (values - middle).abs() > half - _NEAR_BOUND
            self._near[members] += near.double().mean((*axes, x.ndim - 1)) * count

    def figures(self) -> dict[str, list[float] | None]:
        """One number per member and measure; None where a measure does not apply to the function."""
        mean = self._sum / self._count[:, None]
        variance = (self._squares / self._count[:, None] - mean.square()).clamp_min(0)
        dead = (~self._alive).double().mean(1).tolist() if self._activation == "relu" else None
        near = (self._near / self._count).tolist() if self._activation in ("sigmoid", "tanh") else None
        return {
            "output_spread": variance.mean(1).sqrt().tolist(),
            "dead_share": dead,
            "saturated_share": near,
        }
