"""What a user says of a file behind its name: `FILE#images=X,labels=y`, `FILE#size=28x20`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from classlab.errors import DataError

_PARTS = ("", "validation_", "test_")
_ARRAYS = tuple(f"{part}{what}" for part in _PARTS for what in ("images", "labels"))
_KEYS = (*_ARRAYS, "class_names", "size", "transposed")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The part of a dataset's name behind `#`, and what the images are for.

    Args:
        arrays: names of arrays, or of a table's column of labels, by what they are.
        size: `(height, width)` of flat images.
        transposed: whether rows and columns of the images are to be exchanged; None where the data say it.
        to_measure: whether the images are for measuring a network alone, see `assemble`.
    """

    arrays: dict[str, str] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    transposed: bool | None = None
    to_measure: bool = False

    def column(self, path: Path) -> str | None:
        """The column of labels of pictures, of which nothing else can be said.

        Args:
            path: the pictures.

        Raises:
            DataError: something else is said.
        """
        others = [*(key for key in self.arrays if key != "labels")]
        others += ["size"] * (self.size is not None) + ["transposed"] * (self.transposed is not None)
        if others:
            raise DataError(
                f"`{others[0]}` behind # is for arrays, but {path} holds pictures, of which `labels` alone may name "
                "the column of a table. Leave it out."
            )
        return self.arrays.get("labels")


def path_of(name: str) -> Path:
    """The path in a dataset's name, without what is said behind # of a file that has no such sign in its own name."""
    before, sign, _ = name.rpartition("#")
    return Path(before) if sign and not exists(Path(name)) else Path(name)


def exists(path: Path) -> bool:
    """Whether there is something at a path; nothing is at one that no system would take."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def parse_selection(text: str) -> Selection:
    """Reads it.

    Args:
        text: without the `#`; empty where nothing is said.

    Raises:
        DataError: it is not of that form.

    Example:
        >>> parse_selection("images=X,labels=y,size=28x20").size
        (28, 20)
    """
    arrays: dict[str, str] = {}
    size, transposed = None, None
    for piece in filter(None, text.split(",")):
        key, equals, value = piece.partition("=")
        if key not in _KEYS or not equals or not value:
            raise DataError(
                f"what follows # in a dataset's name must be of the form key=value with one of {', '.join(_KEYS)}, but "
                f"got {piece!r}. Write for example 'FILE#images=X,labels=y'."
            )
        if key == "size":
            size = _size(value)
        elif key == "transposed":
            transposed = _switch(value)
        else:
            arrays[key] = value
    return Selection(arrays=arrays, size=size, transposed=transposed)


def _size(value: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", value)
    if found is None:
        raise DataError(f"`size` behind # must be height and width, but got {value!r}. Write for example size=28x20.")
    return int(found[1]), int(found[2])


def _switch(value: str) -> bool:
    if value not in ("yes", "no"):
        raise DataError(f"`transposed` behind # must be yes or no, but got {value!r}. Write for example transposed=no.")
    return value == "yes"
