"""What images look like as a whole, in few numbers: a thumbnail, and figures of form. No network is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.ink_style import EDGE, stroke_width
from classlab.datasets.preparation import resizing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

FORMS = 4
"""How many figures of form there are."""
_SIDE = 14  # pixels of a thumbnail: half of MNIST's, where strokes beside one another still touch
_FULL = 0.7  # of the range: what differs more from the ground is neither ground nor between
_FAINT = 0.15
_TOGETHER = 2**17  # pixels that are looked at together: as floats they fit a core's own cache


def ground_of(images: NDArray[np.uint8]) -> float:
    """The brightness that the outermost pixels of images `(images, height, width, channels)` have, 0 to 255."""
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return float(np.median(np.concatenate([edge.ravel() for edge in edges])))


def thumbnails(images: NDArray[np.uint8]) -> Floats:
    """Images of 14 x 14 pixels, blurred by being made smaller.

    Args:
        images: uint8, `(images, height, width, channels)`.

    Returns:
        `(images, values)`, 0 to 1.
    """
    height, width, channels = images.shape[1:]
    down, across = (resizing(length, _SIDE).astype(np.float32) for length in (height, width))
    small = np.empty((len(images), channels, _SIDE, _SIDE), np.float32)
    for part in _parts(images):
        small[part] = down @ images[part].transpose(0, 3, 1, 2).astype(np.float32) @ across.T
    return small.reshape(len(images), channels * _SIDE**2) / 255


def forms(images: NDArray[np.uint8], *, ground: float) -> Floats:
    """Figures of form, of what differs from the ground: how wide, how much, how sharp, how tall.

    Args:
        images: uint8, `(images, height, width, channels)`.
        ground: the training images' `ground_of`.

    Returns:
        `(images, 4)`: logarithm of the strokes' width, logarithm of their area, the share of what is neither ground nor
        far from it, and logarithm of the height over the width of what covers the ground.
    """
    found = np.empty((len(images), FORMS), np.float32)
    for part in _parts(images):
        found[part] = _forms(np.abs(images[part].mean(axis=-1, dtype=np.float32) - np.float32(ground)) / 255)
    return found


def _forms(apart: Floats) -> Floats:
    """Figures of form of images whose pixels differ from the ground by so much, `(images, height, width)`, 0 to 1."""
    area = apart.sum(axis=(1, 2))
    marked = apart > _FAINT
    between = (marked & (apart < _FULL)).sum(axis=(1, 2)) / np.maximum(marked.sum(axis=(1, 2)), 1)
    covered = apart > EDGE
    tall, wide = covered.any(axis=2).sum(axis=1), covered.any(axis=1).sum(axis=1)
    # A tenth of a pixel, and one pixel, keep blank images from having no logarithm.
    return np.stack(
        [np.log(stroke_width(apart) + 0.1), np.log(area + 1), between, np.log((tall + 1) / (wide + 1))], axis=1
    )


def _parts(images: NDArray[np.uint8]) -> Iterator[slice]:
    few = max(_TOGETHER // max(images[0].size, 1), 1) if len(images) else 1
    return (slice(start, start + few) for start in range(0, len(images), few))
