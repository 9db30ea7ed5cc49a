"""Images and labels that a run is given: they must be such as its network takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def checked_images(images: NDArray[np.uint8], shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Images with their channel axis.

    Args:
        images: `(images, height, width, channels)`; `(images, height, width)` for grey ones.
        shape: `(height, width, channels)` that the network takes.

    Raises:
        DataError: they have another shape or type.
    """
    import numpy as np

    images = np.asarray(images)
    if images.ndim == 3 and shape[2] == 1 and images.shape[1:] == shape[:2]:
        images = images[..., None]
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != shape:
        raise DataError(
            f"images must be uint8 of shape (images, {shape[0]}, {shape[1]}, {shape[2]}), but got {images.dtype} "
            f"of shape {images.shape}. Give raw pixels from 0 to 255; the model scales them itself."
        )
    return images


def checked_labels(labels: NDArray[Any], *, images: int, classes: int) -> NDArray[np.int64]:
    """Labels of so many images.

    Raises:
        DataError: they are not one class per image, or there is no image.
    """
    import numpy as np

    labels = np.asarray(labels)
    fits = labels.shape == (images,) and np.issubdtype(labels.dtype, np.integer)
    if not fits or (images and not 0 <= int(labels.min()) <= int(labels.max()) < classes):
        raise DataError(
            f"labels must be {images} whole numbers from 0 to {classes - 1}, one per image, but got "
            f"{labels.dtype} of shape {labels.shape}. Give the position of each image's class name."
        )
    if not images:
        raise DataError("an evaluation must have at least one image, but got none. Give some images.")
    return labels.astype(np.int64)
