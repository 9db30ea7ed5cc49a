"""What a probe measures behind a layer with weights: units that are always 0, saturation, spread between images.

Arrays are NumPy's or PyTorch's, whichever the members are trained on: what is written here is the array API standard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classlab.records import layers as specs
from classlab.training.loop.array_library import library_of

if TYPE_CHECKING:
    from classlab.records.architecture import Architecture

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
        like: outputs as they will come, `(members, batch, ..., units)`.
    """

    def __init__(self, activation: str, *, members: int, like: Any) -> None:
        self._activation = activation
        self._xp = xp = library_of(like)
        shape, place = (members, like.shape[-1]), like.device
        self._count = xp.zeros(members, dtype=xp.float64, device=place)
        self._near = xp.zeros(members, dtype=xp.float64, device=place)
        self._sum = xp.zeros(shape, dtype=xp.float64, device=place)
        self._squares = xp.zeros(shape, dtype=xp.float64, device=place)
        self._alive = xp.zeros(shape, dtype=xp.bool, device=place)

    def add(self, values: Any, members: slice) -> None:
        """Takes outputs `(members, batch, ..., units)` of some members."""
        xp = self._xp
        if values.dtype != xp.float64:
            values = xp.astype(values, xp.float32, copy=False)
        axes = tuple(range(1, values.ndim - 1))
        count = 1
        for axis in axes:
            count *= values.shape[axis]
        mean = xp.astype(xp.mean(values, axis=axes), xp.float64)
        variance = xp.astype(xp.var(values, axis=axes), xp.float64)
        self._count[members] += count
        self._sum[members] += mean * count
        self._squares[members] += (variance + mean**2) * count
        if self._activation == "relu":
            self._alive[members] |= xp.max(values, axis=axes) > 0
        elif self._activation in ("sigmoid", "tanh"):
            middle, half = (0.5, 0.5) if self._activation == "sigmoid" else (0.0, 1.0)
            near = xp.astype(xp.abs(values - middle) > half - _NEAR_BOUND, xp.float64)
            self._near[members] += xp.mean(near, axis=(*axes, values.ndim - 1)) * count

    def figures(self) -> dict[str, list[float] | None]:
        """One number per member and measure; None where a measure does not apply to the function."""
        xp = self._xp
        mean = self._sum / self._count[:, None]
        variance = xp.clip(self._squares / self._count[:, None] - mean**2, 0.0, None)
        dead = xp.mean(xp.astype(~self._alive, xp.float64), axis=1).tolist() if self._activation == "relu" else None
        near = (self._near / self._count).tolist() if self._activation in ("sigmoid", "tanh") else None
        return {
            "output_spread": xp.sqrt(xp.mean(variance, axis=1)).tolist(),
            "dead_share": dead,
            "saturated_share": near,
        }
