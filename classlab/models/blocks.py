"""Convolutional networks in blocks, as a search over them draws their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records.architecture import Architecture, ImageShape
from classlab.records.layers import (
    Activation,
    ActivationName,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPooling2D,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.options.words import PoolName


def build_blocks(
    *,
    input_shape: ImageShape,
    classes: int,
    filters: Sequence[int] = (32, 32),
    kernel: int = 3,
    convolutions: int = 1,
    batch_norm: bool = False,
    pool: PoolName = "max",
    dense: int = 64,
    activation: ActivationName = "relu",
    dropout: float = 0.0,
) -> Architecture:
    """Builds blocks of `same` convolutions with a pooling by 2 behind each, and perhaps a hidden Dense layer.

    A block whose values are but one pixel high or wide is not pooled.

    Args:
        input_shape: `(height, width, channels)` of one image.
        classes: number of classes.
        filters: of the convolutions of each block, first to last.
        kernel: height and width of their windows, in pixels.
        convolutions: in each block.
        batch_norm: whether batch normalisation stands between a convolution and its activation.
        pool: max or average.
        dense: width of the hidden layer behind the blocks; 0 for none.
        activation: of every hidden layer.
        dropout: share of values to drop while training, behind each block and the hidden layer; 0 adds no layer.

    Example:
        >>> network = build_blocks(input_shape=(8, 8, 1), classes=10, filters=(4,), batch_norm=True, dense=0)
        >>> [layer.kind for layer in network.layers]
        ['Conv2D', 'BatchNormalization', 'Activation', 'MaxPooling2D', 'Flatten', 'Dense']
    """
    drop = (Dropout(rate=dropout),) if dropout else ()
    pooling = MaxPooling2D() if pool == "max" else AveragePooling2D()
    side, layers = min(input_shape[:2]), list[Layer]()
    for width in filters:
        for _ in range(convolutions):
            layers += _convolution(width, kernel, activation, batch_norm=batch_norm)
        layers += (pooling, *drop) if side > 1 else drop
        side = max(1, side // 2)
    hidden = (Dense(units=dense, activation=activation), *drop) if dense else ()
    return Architecture(
        name="cnn",
        input_shape=input_shape,
        layers=(*layers, Flatten(), *hidden, Dense(units=classes, activation="softmax")),
    )


def _convolution(width: int, kernel: int, activation: ActivationName, *, batch_norm: bool) -> Iterator[Layer]:
    size = (kernel, kernel)
    if not batch_norm:
        yield Conv2D(filters=width, kernel_size=size, padding="same", activation=activation)
        return
    yield Conv2D(filters=width, kernel_size=size, padding="same", use_bias=False)  # the normalisation's offset is one
    yield BatchNormalization()
    yield Activation(activation=activation)
