"""CIFAR-10's binary archive: six named members of a tar file, read as streams and never extracted.

References:
    A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; https://www.cs.toronto.edu/~kriz/cifar.html
    (each record is one byte of label and 3 x 32 x 32 bytes of red, green and blue planes).
"""

from __future__ import annotations

import tarfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.safe_read.limits import open_data, read_exactly
from classlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = ("test_batch.bin",)
_RECORD = 1 + 3 * 32 * 32
_IMAGES = 10_000  # per member
_MAX_ENTRIES = 64  # the official archive has nine

Part = tuple["NDArray[np.uint8]", "NDArray[np.uint8]"]


def read_cifar(path: Path, *, images: int = _IMAGES) -> tuple[Part, Part]:
    """Reads training and test images with their labels.

    Args:
        path: the archive `cifar-10-binary.tar.gz`.
        images: how many each member holds.

    Returns:
        Training and test part, each images `(images, 32, 32, 3)` and labels `(images,)`.

    Raises:
        DataError: a member is missing or of the wrong size, or the archive is damaged.
        StorageError: the file cannot be read.
    """
    found: dict[str, bytearray] = {}
    with open_data(path) as raw:
        try:
            # A stream (the bar): members come in order, and nothing is looked up or linked.
            with tarfile.open(fileobj=raw, mode="r|gz") as archive:
                for position, member in enumerate(archive):
                    name = member.name.rpartition("/")[2]
                    if position >= _MAX_ENTRIES:
                        break
                    if name in (*TRAIN, *TEST) and member.isreg() and member.size == images * _RECORD:
                        stream = archive.extractfile(member)
                        found[name] = read_exactly(stream, member.size) if stream else bytearray()
        except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError):
            raise DataError(f"{path} is damaged: it does not unpack. Get it again.") from None
    for name in (*TRAIN, *TEST):
        if len(found.get(name, b"")) != images * _RECORD:
            raise DataError(f"{path} must hold {name} with {images:,} images, but does not. Get the file again.")
    return _part([found[name] for name in TRAIN]), _part([found[name] for name in TEST])


def _part(members: list[bytearray]) -> Part:
    records = np.concatenate([np.frombuffer(member, np.uint8).reshape(-1, _RECORD) for member in members])
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, 0].copy()
