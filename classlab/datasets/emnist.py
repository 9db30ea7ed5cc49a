"""What is special about EMNIST: exchanged rows and columns, and a mapping from labels to letters.

References:
    G. Cohen, S. Afshar, J. Tapson, A. van Schaik, EMNIST: an extension of MNIST to handwritten letters, 2017;
    https://www.nist.gov/itl/products-and-services/emnist-dataset
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.datasets.safe_read.limits import open_data
from classlab.errors import ClasslabError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MAX_MAPPING = 64 * 2**10  # bytes; the official ones have less than one thousand


def is_emnist(name: str) -> bool:
    """Whether a file or folder is called after it: nothing else tells its images from others."""
    return "emnist" in name.lower()


def emnist_names(rows: Sequence[Sequence[float]]) -> dict[int, str]:
    """Names by label, of rows with a label and the character codes that it stands for.

    Example:
        >>> emnist_names([[1, 65, 97], [2, 66, 66]])
        {1: 'A/a', 2: 'B'}
    """
    return {
        int(label): "/".join(dict.fromkeys(chr(int(code)) for code in codes if 32 < code < 0x110000))
        for label, *codes in rows
    }


def mapping_beside(path: Path) -> dict[int, str] | None:
    """The names in `emnist-letters-mapping.txt` beside images that are called `emnist-letters-...`; None without it."""
    words = path.name.split("-")
    place = path.parent / f"{'-'.join(words[:2])}-mapping.txt"
    if len(words) < 3 or not place.is_file():
        return None
    try:
        with open_data(place, limit=_MAX_MAPPING) as raw:
            lines = [line.split() for line in raw.read().splitlines()]
        return emnist_names([[int(word) for word in line] for line in lines if line])
    except (ValueError, OSError, ClasslabError):
        return None
