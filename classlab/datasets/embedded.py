"""The datasets that need no network: they travel inside classlab, in the folder `images` beside this file.

`python -m benchmarks.packaged_images` made the files; `images/LICENSES.md` says whose the images are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.assembly import Content, split_of
from classlab.datasets.known import DIGITS
from classlab.datasets.safe_read.npz import read_arrays
from classlab.errors import DataError, StorageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = Path(__file__).with_name("images")


def mnist5k() -> Content:
    """The first 500 training images of each digit of MNIST, 28 x 28 pixels, in order of the digits.

    Raises:
        DataError: the file is missing or damaged.
    """
    images, labels = _read("mnist5k")
    return Content(
        train=split_of(images, labels),
        test=None,
        class_names=DIGITS,
        source="5,000 images of MNIST that come with classlab",
    )


def digits() -> Content:
    """The 1,797 test images of UCI's optical digits, 8 x 8 pixels, whose 17 grey levels are spread over 0 to 255.

    Raises:
        DataError: the file is missing or damaged.
    """
    images, labels = _read("digits")
    return Content(
        train=split_of(np.rint(images * (255 / 16)).astype(np.uint8), labels),
        test=None,
        class_names=DIGITS,
        source="1,797 images of UCI's optical digits that come with classlab",
        notes=("The grey levels of digits, 0 to 16 in its source, were multiplied by 255/16 and rounded.",),
    )


def _read(name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images `(images, height, width)` and labels `(images,)`."""
    path = FOLDER / f"{name}.npz"
    try:
        arrays = read_arrays(path, ("images", "labels"))
    except (DataError, StorageError):
        raise DataError(f"{path} is missing or damaged. Install classlab again.") from None
    return arrays["images"], arrays["labels"]
