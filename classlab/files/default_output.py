"""A file under a name that nobody gave: it may replace what classlab wrote there before, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import StorageError, shown, unreadable
from classlab.files.read_file import open_file
from classlab.files.tensor_file import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = b'<meta name="generator" content="classlab">'
MARKDOWN = b"<!-- written by classlab -->"
PICTURE = b"Software\0classlab"  # a PNG's text about its maker (https://www.w3.org/TR/png-3/#11keywords)
PREDICTIONS = b"image,true,predicted,p_"  # the lab's table of them
_PIECE = 2**20  # bytes that are looked through at a time


def refuse_foreign(path: Path, mark: bytes) -> None:
    """Refuses a default name under which another's file lies.

    Args:
        path: the file.
        mark: bytes that every file of this kind has that classlab writes, and no other.

    Raises:
        StorageError: a file is there that lacks the mark.
    """
    if path.exists() and not (path.is_file() and _holds(path, mark)):
        raise StorageError(
            f"{shown(path)} must be missing or a file that classlab wrote, because nobody named it, but something else "
            "is there. Move it away, or give another name with -o."
        )


def _holds(path: Path, mark: bytes) -> bool:
    seen = b""  # the mark may lie across two pieces
    try:
        with open_file(path, limit=LIMIT) as file:
            while piece := file.read(_PIECE):
                seen = seen[-len(mark) :] + piece
                if mark in seen:
                    return True
    except OSError as refusal:
        raise refusal if isinstance(refusal, StorageError) else unreadable(path, refusal) from None
    return False
