"""How much a file may ask for, and how bytes are read within it."""

from __future__ import annotations

import stat
from typing import IO, TYPE_CHECKING

from classlab.errors import DataError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 4 * 2**30  # of one array once decompressed: 5 million grey images of 28 x 28 pixels
ALWAYS_BYTES = 64 * 2**20  # up to here any compression is believed
MAX_EXPANSION = 100  # beyond, more than this is a bomb: images of the known sets shrink 2 to 10 times
_PIECE = 2**20


def file_size(path: Path, *, most: int = MAX_BYTES) -> int:
    """Size of a plain file in bytes.

    Raises:
        DataError: it is a device, a pipe or a folder, or larger than `most`.
        StorageError: it cannot be looked at.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as problem:
        raise unreadable(path, problem) from None
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{path} is not a plain file. Point to a file with data.")
    if status.st_size > most:
        raise DataError(
            f"a file must not be larger than {amount(most)}, but {path} has {amount(status.st_size)}. "
            "Use a smaller selection of images."
        )
    return status.st_size


def open_file(path: Path) -> IO[bytes]:
    """Opens a file for reading.

    Raises:
        StorageError: it cannot be opened.
    """
    try:
        return path.open("rb")
    except (OSError, ValueError) as problem:
        raise unreadable(path, problem) from None


def check_claim(where: str, claimed: int, stored: int, *, packed: bool) -> None:
    """Refuses what a header claims before anything is read.

    Args:
        where: the file, and the part of it, for the sentence.
        claimed: bytes that the header promises.
        stored: bytes on disk.
        packed: whether those are compressed.

    Raises:
        DataError: the claim is absurd, or the file is a decompression bomb.
    """
    if claimed > MAX_BYTES:
        raise DataError(
            f"an array must not be larger than {amount(MAX_BYTES)}, but the header of {where} claims "
            f"{amount(claimed)}. The file is damaged, or holds more images than fit: get it again or use fewer."
        )
    if packed and claimed > ALWAYS_BYTES and claimed > MAX_EXPANSION * stored:
        raise DataError(
            f"a compressed file must not grow more than {MAX_EXPANSION} times, but {where} claims to grow from "
            f"{amount(stored)} to {amount(claimed)}. Get the file again, or store it without compression."
        )


def read_exactly(stream: IO[bytes], count: int) -> bytearray:
    """Reads up to `count` bytes, piece by piece, so that a short stream never costs more memory than it holds."""
    buffer = bytearray()
    while len(buffer) < count:
        piece = stream.read(min(_PIECE, count - len(buffer)))
        if not piece:
            break
        buffer += piece
    return buffer


def unreadable(path: Path, problem: Exception) -> StorageError:
    """The error for a file that the system does not hand out."""
    reason = getattr(problem, "strerror", None) or str(problem)
    return StorageError(f"{path} cannot be read ({reason}). Check that it exists and that you may read it.")


def amount(count: int) -> str:
    """Bytes for people.

    Example:
        >>> amount(47_040_016), amount(512)
        ('44.86 MiB', '512 bytes')
    """
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.4g} {unit}" if count < 1000 * 2**40 else "over 1,000 TiB"
    return f"{count} bytes"
