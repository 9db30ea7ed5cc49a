"""Text of a foreign file, under a limit and in whatever encoding spreadsheets and programs leave it."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from classlab.errors import DataError
from classlab.files.read_file import read_file

if TYPE_CHECKING:
    from pathlib import Path

MAX_TABLE = 32 * 2**20  # bytes; a hundred thousand runs with their settings. In memory a table takes ten times that
SMALLER = "Keep one row per run and the columns that matter."
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_text(path: Path) -> str:
    """Reads a text file: UTF-8, UTF-16 with its mark, or the Windows encoding of western Europe.

    Raises:
        DataError: it is no plain file, empty, too large, or not text.
        StorageError: it cannot be read.
    """
    content = read_file(path, limit=MAX_TABLE, error=DataError, step=SMALLER)
    if not content.strip():
        raise DataError(f"{path} must hold results, but it is empty. Export it again.")
    text = _decoded(content).lstrip("\ufeff")
    if "\0" in text:
        raise DataError(f"{path} must be a table as text, but it holds binary data. Export it as CSV.")
    return text


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
