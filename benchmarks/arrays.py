"""The arrays that all tools read, written once per command: the first training images and all test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_arrays(folder: Path, data: str, images: int) -> Path:
    """Writes the `.npz` file of one dataset, unless it is there.

    Args:
        folder: where to.
        data: name of the dataset.
        images: training images to keep, from the first.

    Returns:
        A file with `x_train`, `x_test`, uint8 `(images, rows, columns)`, and `y_train`, `y_test`, int64 `(images,)`.
    """
    path = folder / f"{data}-{images}.npz"
    if not path.exists():
        import numpy as np

        from classlab.datasets import load

        dataset = load(data)
        np.savez(
            path,
            x_train=dataset.train.images[:images, ..., 0],
            y_train=dataset.train.labels[:images],
            x_test=dataset.test.images[..., 0],
            y_test=dataset.test.labels,
        )
    return path
