"""SHA-256 of a file, in bounded memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from classlab.datasets.safe_read.limits import open_data
from classlab.errors import unreadable

if TYPE_CHECKING:
    from pathlib import Path


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes as they lie on disk.

    Raises:
        StorageError: the file cannot be read.
    """
    with open_data(path) as raw:
        try:
            return hashlib.file_digest(raw, "sha256").hexdigest()  # type: ignore[arg-type]  # a file opened in binary has readinto
        except OSError as problem:
            raise unreadable(path, problem) from None
