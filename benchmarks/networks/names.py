"""What the networks that people bring are called, and the images that they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BroughtName = Literal["convnet", "vgg", "residual", "separable", "lstm", "own-layer"]


@dataclass(frozen=True, kw_only=True)
class Brought:
    """One network.

    Args:
        title: what it is, for a heading.
        channels: 1 for images of 28 x 28, 3 for images of 32 x 32.
    """

    title: str
    channels: Literal[1, 3]


BROUGHT: dict[BroughtName, Brought] = {
    "convnet": Brought(title="Keras's example `mnist_convnet`", channels=1),
    "vgg": Brought(title="VGG-like: three pairs of 3x3 convolutions, batch normalization, dropout", channels=3),
    "residual": Brought(title="residual: three blocks of 16 to 64 filters", channels=3),
    "separable": Brought(title="depthwise-separable, as MobileNet", channels=3),
    "lstm": Brought(title="an LSTM over the rows of an image", channels=1),
    "own-layer": Brought(title="convolutions and a layer of the author's own", channels=1),
}
