"""The arrays that all tools read, written once per command: the first training images and test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

COLOR = "-color"  # behind a dataset's name: the same pictures as 32 x 32 x 3


def write_arrays(folder: Path, data: str, images: int, *, test_images: int | None = None) -> Path:
    """Writes the `.npz` file of one dataset, unless it is there.

    Args:
        folder: where to.
        data: name of the dataset.
        images: training images to keep, from the first.
        test_images: likewise; None for all.

    Returns:
        A file with `x_train`, `x_test`, uint8 `(images, rows, columns)`, with a last axis of 3 channels where the data
        are in color, and `y_train`, `y_test`, int64 `(images,)`.
    """
    path = folder / f"{data}-{images}-{test_images or 'all'}.npz"
    if not path.exists():
        import numpy as np

        from classlab.datasets import load

        dataset = load(data.removesuffix(COLOR))
        x_train, x_test = dataset.train.images[:images, ..., 0], dataset.test.images[:test_images, ..., 0]
        if data.endswith(COLOR):
            x_train, x_test = colored(x_train), colored(x_test)
        y_train, y_test = dataset.train.labels[:images], dataset.test.labels[:test_images]
        np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


def colored(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Gray images in a frame of two black pixels and in three channels, each half as bright as the one before it.

    The networks for color photographs need 32 x 32 x 3; which pictures they are matters neither for the time of a step
    nor for whether two tools reach the same accuracy.
    """
    import numpy as np

    framed = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    return np.stack([framed, framed // 2, framed // 4], axis=-1)
