"""The records of searches in a store: one file each, replaced whenever a population has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import StorageError
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.files.read_file import read_file
from classlab.records import from_sealed_json, to_sealed_json
from classlab.records.search import SearchRecord
from classlab.studies.store.place import search_place

if TYPE_CHECKING:
    from pathlib import Path

_LIMIT = 2**28  # bytes; 10,000 candidates of 30 epochs have about 30 MB


def save_search(store: Path, record: SearchRecord) -> None:
    """Replaces the record of a search.

    Raises:
        StorageError: it cannot be written.
    """
    path = search_place(store, record.spec.name)
    make_folder(path.parent)
    write_atomically(path, to_sealed_json(record).encode())


def earlier_search(store: Path, name: str) -> SearchRecord | None:
    """The record of a search; None where the store has none of this name.

    Raises:
        StorageError: it cannot be read.
        RecordError: it is damaged or newer than this classlab.
    """
    path = search_place(store, name)
    if not path.is_file():
        return None
    return from_sealed_json(SearchRecord, read_file(path, limit=_LIMIT), where=str(path))


def read_search_record(store: Path, name: str) -> SearchRecord:
    """The same, where it must be there.

    Raises:
        StorageError: there is none of this name, or it cannot be read.
        RecordError: it is damaged or newer than this classlab.
    """
    found = earlier_search(store, name)
    if found is None:
        raise StorageError(
            f"{store} must have a search named {name!r}, but it has none. Search with `classlab search` first."
        )
    return found
