"""What brings pictures to another size before a network, computed in NumPy where nothing else here knows it.

The compiled kernels take chains that begin with scalings, convolutions and dense layers. A backbone for pictures of
another size begins by repeating, averaging or framing their pixels; without PyTorch that is done here first, and the
kernels take what comes of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import AveragePooling2D, Concatenate, Rescaling, UpSampling2D, ZeroPadding2D

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.layers import Layer
    from classlab.training.backend import MeasureRequest


def led_in(request: MeasureRequest) -> MeasureRequest:
    """The same measurement with the first layers done, as far as they only move or average pixels.

    Args:
        request: what is to be measured.

    Returns:
        The request itself where its network begins otherwise.
    """
    architecture = request.architecture
    if not isinstance(architecture, Architecture):
        return request
    count = _leading(architecture, shifts=not _keeps_zeros(request.input_layer))
    first = architecture.layers[:count]
    scalings = tuple(
        layer for layer in first if isinstance(layer, Rescaling)
    )  # whether before or after is all the same
    if len(scalings) == count:
        return request
    images: NDArray[Any] = request.split.images
    for layer, sources in zip(first, architecture.entering, strict=False):
        images = _done(layer, images, times=len(sources))
    gone = count - len(scalings)
    height, width, channels = images.shape[1:]
    chain = tuple((place,) for place in range(IMAGES, len(scalings) - 1))
    behind = tuple(tuple(source - gone for source in each) for each in architecture.entering[count:])
    rest = replace(
        architecture,
        input_shape=(height, width, channels),
        layers=(*scalings, *architecture.layers[count:]),
        inputs=(*chain, *behind),
    )
    moved = [
        {f"{int(place) - gone}.{name}": value for place, name, value in _parts(weights)} for weights in request.weights
    ]
    return replace(request, architecture=rest, weights=moved, split=replace(request.split, images=images))


def _leading(architecture: Architecture, *, shifts: bool) -> int:
    """How many layers at the beginning can be done beforehand; `shifts`: whether scaling moves 0 to another number."""
    count = 0
    for position, (layer, sources) in enumerate(zip(architecture.layers, architecture.entering, strict=True)):
        frames = isinstance(layer, ZeroPadding2D) and shifts
        if frames or not _is_known(layer) or set(sources) != {position - 1} or position == len(architecture.layers) - 1:
            break
        count = position + 1
    later = (source for sources in architecture.entering[count:] for source in sources)
    return count if all(source >= count - 1 for source in later) else 0


def _is_known(layer: Layer) -> bool:
    if isinstance(layer, Rescaling):
        return _keeps_zeros(layer)
    if isinstance(layer, AveragePooling2D):
        return layer.padding == "same" and layer.strides in (None, layer.pool_size)
    return isinstance(layer, UpSampling2D | ZeroPadding2D | Concatenate)


def _keeps_zeros(scaling: object) -> bool:
    return isinstance(scaling, Rescaling) and scaling.offset == 0


def _done(layer: Layer, images: NDArray[Any], *, times: int) -> NDArray[Any]:
    match layer:
        case UpSampling2D():
            return images.repeat(layer.size[0], 1).repeat(layer.size[1], 2)
        case ZeroPadding2D():
            return np.pad(images, ((0, 0), *layer.padding, (0, 0)))
        case AveragePooling2D():
            return _averaged(images, layer.pool_size)
        case Rescaling():
            return images
        case _:
            return np.concatenate([images] * times, -1)


def _averaged(images: NDArray[Any], window: tuple[int, int]) -> NDArray[np.float32]:
    """Means of windows side by side; what a window at the edge lacks is not counted, as in Keras."""
    height, width = images.shape[1:3]
    rows, columns = (-(-size // step) for size, step in zip((height, width), window, strict=True))
    above, left = (rows * window[0] - height) // 2, (columns * window[1] - width) // 2
    frame = ((0, 0), (above, rows * window[0] - height - above), (left, columns * window[1] - width - left), (0, 0))

    def summed(values: NDArray[Any]) -> NDArray[np.float32]:
        parts = np.pad(values, frame).reshape(len(values), rows, window[0], columns, window[1], values.shape[3])
        sums: NDArray[np.float32] = parts.sum((2, 4), dtype=np.float32)
        return sums

    means: NDArray[np.float32] = summed(images) / summed(np.ones((1, height, width, 1), np.uint8))
    return means


def _parts(weights: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Layer position, name within the layer, and values of each weight."""
    return [(place, name, value) for key, value in weights.items() for place, name in [key.split(".", 1)]]
