"""What the layers of a network make of one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.records.architecture import Architecture
from classlab.records.layers import (
    GRU,
    LSTM,
    Activation,
    Add,
    Average,
    AveragePooling2D,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LeakyReLU,
    Maximum,
    MaxPooling2D,
    Multiply,
    ReLU,
    SeparableConv2D,
    Subtract,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.architecture import KerasArchitecture

# Layers that compute something new; the others scale, move, drop or normalise what they get.
_WEIGHTED = (Conv2D, DepthwiseConv2D, SeparableConv2D, Dense, LSTM, GRU)
_TELLING = (
    *_WEIGHTED,
    *(Activation, ReLU, LeakyReLU),
    *(MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D),
    *(Add, Subtract, Multiply, Average, Maximum, Concatenate),
)
MOST_LAYERS = 8  # that are shown where nobody says which: a page of pictures


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerActivation:
    """What one layer made of the image.

    Args:
        layer: its position in the network.
        kind: its class in Keras.
        values: float32, `(rows, columns, channels)`, or `(units,)` behind layers that give no image.
    """

    layer: int
    kind: str
    values: NDArray[np.float32]

    @property
    def channels(self) -> int:
        """How many channels or units it has."""
        return int(self.values.shape[-1])

    @property
    def silent(self) -> int:
        """Channels or units that are zero all over for this image."""
        flat = self.values.reshape(-1, self.channels)
        return int((flat == 0).all(axis=0).sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class Activations:
    """What the layers of a network made of one image.

    Args:
        image: uint8, `(height, width, channels)`.
        layers: in the network's order.
    """

    image: NDArray[np.uint8]
    layers: tuple[LayerActivation, ...]


def known_layers(architecture: Architecture | KerasArchitecture) -> Architecture:
    """The network, if its layers are classlab's own.

    Raises:
        SpecError: they are known to Keras alone.
    """
    if isinstance(architecture, Architecture):
        return architecture
    raise SpecError(
        f"the layers of {architecture.name!r} must be known to classlab to be shown, but {architecture.reason}. "
        "Look at them in Keras: `run.to_keras` writes the model."
    )


def telling_layers(architecture: Architecture, *, most: int = MOST_LAYERS) -> tuple[int, ...]:
    """Positions of the layers to show: those that compute something new, evenly chosen where there are many.

    Args:
        architecture: the network.
        most: how many at most.
    """
    found = [place for place, layer in enumerate(architecture.layers) if isinstance(layer, _TELLING)]
    weighted = (place for place in found if isinstance(architecture.layers[place], _WEIGHTED))
    first = next(weighted, 0)  # before any weights there is only the image, pooled
    found = [place for place in found if place >= first]
    return tuple(found[place] for place in evenly_spaced(len(found), most=most))


def evenly_spaced(count: int, *, most: int) -> tuple[int, ...]:
    """Places among so many, the first and the last among them, at most so many and evenly chosen.

    Example:
        >>> evenly_spaced(3, most=4), evenly_spaced(9, most=4)
        ((0, 1, 2), (0, 3, 5, 8))
    """
    if count <= most:
        return tuple(range(count))
    return tuple(round(step * (count - 1) / (most - 1)) for step in range(most))
