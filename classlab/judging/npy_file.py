"""A single array as `numpy.save` writes it: header before bytes, never an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.limits import check_claim, file_size, open_file, unreadable
from classlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_npy(path: Path) -> NDArray[Any]:
    """Reads an array of numbers.

    The array is mapped, so its header is checked against the file's length before anything is allocated.

    Raises:
        DataError: it is no such file, holds objects, or is damaged.
        StorageError: it cannot be read.
    """
    size = file_size(path)
    check_claim(str(path), size, size, packed=False)
    open_file(path).close()  # says in a sentence what the system refuses
    try:
        mapped = np.lib.format.open_memmap(path, mode="r")
        found = np.array(mapped)
    except OSError as problem:
        raise unreadable(path, problem) from None
    except Exception:  # noqa: BLE001  (NumPy's header reader raises what Python's parser raises)
        raise DataError(
            f"{path} must be an array of numbers as numpy.save writes it, but it is damaged or holds objects. "
            "Save it again."
        ) from None
    if found.dtype.kind not in "buif":
        raise DataError(f"{path} must hold numbers, but its type is {found.dtype}. Save plain numbers.")
    return found
