"""The engine's layout of weights: units first, where Keras has them last.

A dense kernel is kept as `(units, inputs)` and a convolution kernel as `(filters, rows, columns, in_channels)`: the
kernels of neighboring members then join into one tall matrix without a copy, and convolutions run on channels-last
memory. Other weights keep Keras's shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_DENSE, _CONVOLUTION = 2, 4  # axes of a kernel


def stacked(arrays: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Each member's array in Keras's shape as the engine's, the member axis first."""
    return np.stack([np.ascontiguousarray(_to_engine(array)) for array in arrays])


def to_keras(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """A copy of one member's array in Keras's shape."""
    if array.ndim == _DENSE:
        array = array.T
    elif array.ndim == _CONVOLUTION:
        array = array.transpose(1, 2, 3, 0)
    return np.array(array, order="C", copy=True)


def _to_engine(array: NDArray[np.float32]) -> NDArray[np.float32]:
    if array.ndim == _DENSE:
        return array.T
    return array.transpose(3, 0, 1, 2) if array.ndim == _CONVOLUTION else array
