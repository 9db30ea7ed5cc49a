"""The test-set ledger: every opening of a dataset's test images, in a file of lines and in the database beside it.

Openings must outlive a damaged database, or starting over would be a way to forget them. The line is written first: a
crash between line and row leaves an opening that did happen and whose runs are lost. Trainings outside of studies add
lines alone, which needs no lock on the store; who opens it for writing next makes rows of them. Whoever reads takes
both together, so that neither a lost file nor a lost database forgets one.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from filelock import FileLock, Timeout

from classlab.errors import LockedError, RecordError, unwritable
from classlab.files.atomic_file import make_folder
from classlab.files.read_file import open_file, read_file
from classlab.records import Opening, from_json, to_plain
from classlab.studies.store.place import LEDGER_FILE
from classlab.studies.store.schema import bindable, row_digest, with_digest

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from classlab.studies.store.schema import Cell

_LIMIT = 2**30  # bytes; an opening has about 300
_PATIENCE = 60.0  # seconds; a line takes milliseconds, but of eight busy writers one waited for more than 10


def append_lines(store: Path, openings: Sequence[Opening]) -> None:
    """Adds a line for each opening and flushes them to disk; the store's folder is made where it is missing.

    Processes that append at the same time wait for each other.

    Raises:
        StorageError: the file cannot be written.
        LockedError: another process keeps it busy.
    """
    make_folder(store)
    path = store / LEDGER_FILE
    text = "".join(_line(opening) for opening in openings)
    if path.exists():
        open_file(path, limit=_LIMIT).close()  # a pipe or a device is refused before it is waited for
    try:
        with _locked(path), path.open("a+b") as file:
            if file.tell() and _lacks_line_end(file):
                text = "\n" + text  # a writer was killed within its line
            file.write(text.encode())
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


def lines_without_rows(connection: sqlite3.Connection, store: Path) -> list[Opening]:
    """The openings that are in the file and not in the database; equal ones are told apart by their number."""
    return _without_rows(_rows(connection), store)


def _without_rows(openings: Sequence[Opening], store: Path) -> list[Opening]:
    rows = Counter(tuple(_cells(opening)) for opening in openings)
    left = []
    for opening in read_lines(store)[0]:
        cells = tuple(_cells(opening))
        if rows[cells]:
            rows[cells] -= 1
        else:
            left.append(opening)
    return left


def read_openings(connection: sqlite3.Connection, store: Path, digest: str | None) -> tuple[Opening, ...]:
    """Openings of the images with this digest, or of all, in the order in which they happened."""
    rows = _rows(connection)
    # By time, and not as they were entered: those of another store come after all of this one's.
    openings = sorted((*rows, *_without_rows(rows, store)), key=lambda opening: opening.time)
    return tuple(opening for opening in openings if digest is None or opening.digest == digest)


def _rows(connection: sqlite3.Connection) -> list[Opening]:
    rows = connection.execute("SELECT time, dataset, data_digest, study, purpose, runs FROM openings ORDER BY number")
    return [
        Opening(time=time, dataset=dataset, digest=data, study=study, purpose=purpose, runs=runs)
        for time, dataset, data, study, purpose, runs in rows
    ]


def _line(opening: Opening) -> str:
    return json.dumps({"opening": to_plain(opening), "digest": row_digest(_cells(opening))}, sort_keys=True) + "\n"


def _cells(opening: Opening) -> list[Cell]:
    texts = (opening.time, opening.dataset, opening.digest, opening.study, opening.purpose)
    return [*(bindable(text) for text in texts), opening.runs]


def _parsed(line: bytes, path: Path) -> Opening | None:
    with suppress(ValueError, KeyError, TypeError, RecursionError, RecordError):
        entry = json.loads(line)
        opening = from_json(Opening, json.dumps(entry["opening"]), where=str(path))
        if row_digest(_cells(opening)) == entry["digest"]:
            return opening
    return None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds the file alone for the moment of writing; the store's own lock may be held for hours by a study."""
    try:
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_PATIENCE):
            yield
    except Timeout:
        raise LockedError(
            f"{path} must be free to be written, but another process kept it busy for {_PATIENCE:.0f} s. "
            "Try again when that process has finished."
        ) from None


def _lacks_line_end(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"
