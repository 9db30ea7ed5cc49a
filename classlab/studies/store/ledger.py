"""The test-set ledger: every opening of a dataset's test images, in the database and in a file of lines beside it.

Openings must outlive a damaged database, or starting over would be a way to forget them. The line is written first: a
crash between line and row leaves an opening that did happen and whose runs are lost.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from classlab.errors import RecordError
from classlab.records import Opening, from_json, to_plain
from classlab.studies.atomic_file import read_file, unwritable
from classlab.studies.store.place import LEDGER_FILE
from classlab.studies.store.run_filter import bindable
from classlab.studies.store.seal import row_digest, with_digest

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from classlab.studies.store.seal import Cell

_LIMIT = 2**30  # bytes; an opening has about 300


def append_line(store: Path, opening: Opening) -> None:
    """Adds a line to the file and flushes it to disk.

    Raises:
        StorageError: the file cannot be written.
    """
    path = store / LEDGER_FILE
    line = json.dumps({"opening": to_plain(opening), "digest": row_digest(_cells(opening))}, sort_keys=True) + "\n"
    try:
        with path.open("a+b") as file:
            if file.tell() and _lacks_line_end(file.fileno(), file.tell()):
                line = "\n" + line  # a writer was killed within its line
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as refusal:
        raise unwritable(path, refusal) from refusal


def read_lines(store: Path) -> tuple[list[Opening], int]:
    """Reads the file.

    Returns:
        The openings in order, and how many lines could not be read.

    Raises:
        StorageError: the file cannot be read.
    """
    path = store / LEDGER_FILE
    if not path.exists():
        return [], 0
    openings, lost = [], 0
    for line in read_file(path, limit=_LIMIT).splitlines():
        if not line.strip():
            continue
        opening = _parsed(line, path)
        if opening is None:
            lost += 1
        else:
            openings.append(opening)
    return openings, lost


def write_opening(connection: sqlite3.Connection, opening: Opening) -> None:
    """Adds a row, within the caller's transaction; rows are never changed or removed."""
    number = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM openings").fetchone()[0]
    row = with_digest((number, *_cells(opening)))
    connection.execute("INSERT INTO openings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def read_openings(connection: sqlite3.Connection, digest: str | None) -> tuple[Opening, ...]:
    """Openings of the images with this digest, or of all, in the order in which they happened."""
    columns = "SELECT time, dataset, data_digest, study, purpose, runs FROM openings"
    if digest is None:
        rows = connection.execute(f"{columns} ORDER BY number")
    else:
        rows = connection.execute(f"{columns} WHERE data_digest = ? ORDER BY number", (bindable(digest),))
    return tuple(
        Opening(time=time, dataset=dataset, digest=data, study=study, purpose=purpose, runs=runs)
        for time, dataset, data, study, purpose, runs in rows
    )


def _cells(opening: Opening) -> list[Cell]:
    texts = (opening.time, opening.dataset, opening.digest, opening.study, opening.purpose)
    return [*(bindable(text) for text in texts), opening.runs]


def _parsed(line: bytes, path: Path) -> Opening | None:
    with suppress(ValueError, KeyError, TypeError, RecordError):
        entry = json.loads(line)
        opening = from_json(Opening, json.dumps(entry["opening"]), where=str(path))
        if row_digest(_cells(opening)) == entry["digest"]:
            return opening
    return None


def _lacks_line_end(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) != b"\n"
