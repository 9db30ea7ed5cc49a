"""IDX files, the format of MNIST: four bytes of type, a big-endian size per axis, then the values; perhaps gzipped.

References:
    The format as its author describes it: http://yann.lecun.com/exdb/mnist/
"""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
import zlib
from contextlib import contextmanager
from math import prod
from typing import IO, TYPE_CHECKING

import numpy as np

from classlab.datasets.safe_read.limits import check_claim, open_data, read_exactly
from classlab.errors import ClasslabError, DataError, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_UBYTE = 0x08
_KINDS = {"images": (3, 4), "labels": (1,)}
_DAMAGED = "Get the file again."


def read_idx(path: Path, *, kind: str) -> tuple[NDArray[np.uint8], str]:
    """Reads an IDX file of unsigned bytes.

    Args:
        path: the file; one that begins as gzip does is decompressed.
        kind: `images` (three axes, or four with channels last) or `labels` (one axis).

    Returns:
        The array, and the SHA-256 of the whole decompressed file, header included.

    Raises:
        DataError: not such a file, cut short, with bytes to spare, or claiming an absurd size.
        StorageError: the file cannot be read.
    """
    with _unpacked(path) as (stream, stored, packed):
        return _parse(stream, path, kind, stored=stored, packed=packed)


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[IO[bytes], int, bool]]:
    """The values of a file as a stream, its size on disk, and whether it is compressed."""
    with open_data(path) as raw:
        stored = os.fstat(raw.fileno()).st_size
        try:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not packed:
                yield raw, stored, False
                return
            with gzip.GzipFile(fileobj=raw) as stream:
                yield stream, stored, True  # type: ignore[misc]  # it reads
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise DataError(f"{path} is damaged: its gzip data end early or do not unpack. {_DAMAGED}") from None
        except OSError as problem:
            if isinstance(problem, ClasslabError):
                raise
            raise unreadable(path, problem) from None


def idx_shape(path: Path) -> tuple[int, ...]:
    """The sizes that an IDX file of unsigned bytes claims.

    Raises:
        DataError: not such a file, or cut short within its header.
        StorageError: the file cannot be read.
    """
    with _unpacked(path) as (stream, _, _):
        return _read_shape(stream, path, None)


def idx_digest(values: NDArray[np.uint8]) -> str:
    """SHA-256 that an array has as an IDX file: how the same data are known in another format."""
    values = np.ascontiguousarray(values)
    digest = hashlib.sha256(_header(values.shape))
    digest.update(values.data)
    return digest.hexdigest()


def to_idx(values: NDArray[np.uint8]) -> bytes:
    """Writes an array as the bytes of an IDX file."""
    return _header(values.shape) + values.tobytes()


def _header(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, _UBYTE, len(shape), *shape)


def _parse(stream: IO[bytes], path: Path, kind: str, *, stored: int, packed: bool) -> tuple[NDArray[np.uint8], str]:
    shape = _read_shape(stream, path, kind)
    count = prod(shape)
    check_claim(str(path), count, stored, packed=packed)
    header = _header(shape)
    if not packed and stored < len(header) + count:
        raise _short(path, stored - len(header), shape)
    body = read_exactly(stream, count)
    if len(body) < count:
        raise _short(path, len(body), shape)
    if stream.read(1):
        raise DataError(f"{path} is damaged: it goes on after the {count:,} values its header promises. {_DAMAGED}")
    digest = hashlib.sha256(header)
    digest.update(body)
    return np.frombuffer(body, np.uint8).reshape(shape), digest.hexdigest()


def _read_shape(stream: IO[bytes], path: Path, kind: str | None) -> tuple[int, ...]:
    start = stream.read(4)
    if len(start) < 4:
        raise DataError(f"{path} is damaged: it ends within its header. {_DAMAGED}")
    zero, value_type, axes = struct.unpack(">HBB", start)
    known = _KINDS[kind] if kind else (1, 2, 3, 4)
    if zero != 0 or value_type != _UBYTE or axes not in known:
        raise DataError(
            f"an IDX file of {kind or 'images or labels'} must begin with 0000080{known[0]}, but {path} begins with "
            f"{start.hex()}. It is another kind of file, or it is damaged."
        )
    sizes = stream.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise DataError(f"{path} is damaged: it ends within its header. {_DAMAGED}")
    shape: tuple[int, ...] = struct.unpack(f">{axes}I", sizes)
    return shape


def _short(path: Path, found: int, shape: tuple[int, ...]) -> DataError:
    promised = " x ".join(f"{size:,}" for size in shape)
    return DataError(
        f"{path} is cut short: its header promises {promised} = {prod(shape):,} bytes, but {max(found, 0):,} follow. "
        f"{_DAMAGED}"
    )
