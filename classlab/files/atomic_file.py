"""Files that are complete or absent: a temporary name, flushed to disk, then renamed into place."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from classlab.errors import StorageError, system_reason, unwritable

if TYPE_CHECKING:
    from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a whole file so that, whatever happens meanwhile, `path` holds the old content or the new.

    The temporary file lies in the same folder (a rename across file systems is a copy), its name cannot meet
    another writer's, and it goes away when writing fails. The folder is flushed too: a rename that only
    lives in memory would be undone by a power cut.

    Args:
        path: where the file ends up; its folder must exist.
        content: every byte of it.

    Raises:
        StorageError: the disk is full, the folder is read-only, or any other refusal of the system.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError as refusal:
        raise unwritable(path, refusal) from refusal
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Creates a folder and its parents where they are missing.

    Raises:
        StorageError: a file is in the way, or the system refuses.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as refusal:
        raise unwritable(path, refusal) from refusal


def remove_file(path: Path) -> None:
    """Removes a file, if it is there.

    Raises:
        StorageError: the system refuses.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as refusal:
        raise unwritable(path, refusal) from refusal


def read_file(path: Path, *, limit: int) -> bytes:
    """Reads a whole file of at most `limit` bytes.

    Raises:
        StorageError: the file is missing, unreadable, or larger than such a file can be.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= limit else b""
    except OSError as refusal:
        raise StorageError(
            f"{path} must be readable, but the system says: {system_reason(refusal)}. "
            "Check the path and its permissions."
        ) from refusal
    if size > limit:
        raise StorageError(
            f"{path} must not be larger than {limit:,} bytes, but it has {size:,}. It is not a file of a run; "
            "restore the right one."
        )
    return content


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":  # folders cannot be opened, and so not flushed, elsewhere
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
