"""What images look like as a whole, in few numbers: a thumbnail, and figures of form. No network is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.ink_style import EDGE, stroke_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FORMS = 4
"""How many figures of form there are."""
_SIDE = 14  # pixels of a thumbnail: half of MNIST's, where strokes beside one another still touch
_FULL = 0.7  # of the range: what differs more from the ground is neither ground nor between
_FAINT = 0.15


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
    from PIL import Image

    channels = images.shape[-1]
    small = [
        [
            np.asarray(Image.fromarray(image[..., channel]).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR))
            for channel in range(channels)
        ]
        for image in images
    ]
    return np.array(small, np.float64).reshape(len(images), channels * _SIDE * _SIDE) / 255


def forms(images: NDArray[np.uint8], *, ground: float) -> Floats:
    """Figures of form, of what differs from the ground: how wide, how much, how sharp, how tall.

    Args:
        images: uint8, `(images, height, width, channels)`.
        ground: the training images' `ground_of`.

    Returns:
        `(images, 4)`: logarithm of the strokes' width, logarithm of their area, the share of what is neither ground nor
        far from it, and logarithm of the height over the width of what covers the ground.
    """
    apart = np.abs(images.astype(np.float64).mean(axis=-1) - ground) / 255
    area = apart.sum(axis=(1, 2))
    marked = apart > _FAINT
    between = (marked & (apart < _FULL)).sum(axis=(1, 2)) / np.maximum(marked.sum(axis=(1, 2)), 1)
    covered = apart > EDGE
    tall, wide = covered.any(axis=2).sum(axis=1), covered.any(axis=1).sum(axis=1)
    # A tenth of a pixel, and one pixel, keep blank images from having no logarithm.
    return np.stack(
        [np.log(stroke_width(apart) + 0.1), np.log(area + 1), between, np.log((tall + 1) / (wide + 1))], axis=1
    )
