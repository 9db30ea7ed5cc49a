"""How much a file may ask for, and how bytes are read within it."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from classlab.errors import DataError
from classlab.files.read_file import open_file

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 4 * 2**30  # of one array once decompressed: 5 million grey images of 28 x 28 pixels
ALWAYS_BYTES = 64 * 2**20  # up to here any compression is believed
MAX_EXPANSION = 100  # beyond, more than this is a bomb: images of the known sets shrink 2 to 10 times
_PIECE = 2**20


def open_data(path: Path, *, limit: int = MAX_BYTES) -> IO[bytes]:
    """Opens a file with images or labels for reading; how far it is read is up to `check_claim`.

    Raises:
        DataError: it is a device, a pipe or a folder, or larger than `limit`.
        StorageError: it cannot be opened.
    """
    return open_file(path, limit=limit, error=DataError, step="Use a smaller selection of images.")


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
    if packed:
        check_growth(where, claimed, stored)


def check_growth(where: str, claimed: int, stored: int) -> None:
    """Refuses what would grow absurdly when it is decompressed.

    Args:
        where: the file, and the part of it, for the sentence.
        claimed: bytes that it promises to become.
        stored: bytes on disk.

    Raises:
        DataError: it is a decompression bomb.
    """
    if claimed > ALWAYS_BYTES and claimed > MAX_EXPANSION * stored:
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
