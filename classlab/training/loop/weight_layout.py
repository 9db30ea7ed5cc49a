"""The engine's layout of weights: units first, where Keras has them last.

A dense kernel is kept as `(units, inputs)` and a convolution kernel as `(filters, rows, columns, in_channels)`: the
kernels of neighboring members then join into one tall matrix without a copy, and convolutions run on channels-last
memory. The kernels of LSTM and GRU are `(gates * units, inputs)`, their gates in Keras's order. A depthwise kernel,
`(rows, columns, channels, multiplier)` in Keras, is that of a grouped convolution: `(channels * multiplier, rows,
columns, 1)`, a channel's own filters side by side. Other weights keep Keras's shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.models.weights import WeightSpec

_UNITS_FIRST = ("kernel", "recurrent_kernel", "pointwise_kernel")
_DEPTHWISE = "depthwise_kernel"


def stacked(arrays: Sequence[NDArray[np.float32]], spec: WeightSpec | None = None) -> NDArray[np.float32]:
    """Each member's array in Keras's shape as the engine's, the member axis first.

    Args:
        arrays: one per member.
        spec: the weight; None for a kernel or bias of a dense layer.
    """
    return np.stack([np.ascontiguousarray(_to_engine(array, spec)) for array in arrays])


def to_keras(array: NDArray[np.float32], spec: WeightSpec | None = None) -> NDArray[np.float32]:
    """A copy of one member's array in Keras's shape.

    Args:
        array: in the engine's layout.
        spec: the weight; None for a kernel or bias of a dense layer.
    """
    if spec is not None and spec.name == _DEPTHWISE:
        array = np.moveaxis(array[..., 0], 0, -1).reshape(spec.shape)
    elif spec is None or spec.name in _UNITS_FIRST:
        array = np.moveaxis(array, 0, -1)
    return np.array(array, order="C", copy=True)


def _to_engine(array: NDArray[np.float32], spec: WeightSpec | None) -> NDArray[np.float32]:
    if spec is not None and spec.name == _DEPTHWISE:
        return np.moveaxis(array.reshape(*array.shape[:2], -1), -1, 0)[..., None]
    return np.moveaxis(array, -1, 0) if spec is None or spec.name in _UNITS_FIRST else array
