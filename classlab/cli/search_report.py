"""`classlab report` of a search: what the store holds of it, as a page or as numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from classlab.analysis import analyse, numbers_of
from classlab.cli.run_source import is_training_folder
from classlab.records import to_plain
from classlab.records.plain import time_stamp
from classlab.reports.search_report import search_document
from classlab.search.search_store import earlier_search
from classlab.studies.store import open_store
from classlab.studies.store.place import search_place

if TYPE_CHECKING:
    from classlab.records import StudyRecord
    from classlab.records.plain import JsonDocument
    from classlab.records.search import SearchRecord
    from classlab.reports.document import Document


class StoredSearch(NamedTuple):
    """A search of a store.

    Args:
        record: what came of it.
        study: of its finalists, with the openings of the test images so far; None where the store has none.
        counted_at: ISO 8601 time in UTC at which they were counted.
    """

    record: SearchRecord
    study: StudyRecord | None
    counted_at: str

    def document(self) -> Document:
        """Its report."""
        return search_document(self.record, self.study, counted_at=self.counted_at)

    def numbers(self) -> JsonDocument:
        """Its record, and what the finalists' study says."""
        finalists = None if self.study is None else numbers_of(analyse(self.study))
        return {"search": to_plain(self.record), "finalists": finalists}


def find_search(name: str, *, store: Path) -> StoredSearch | None:
    """The search of this name; None where it is a training's folder, a study, or nothing that the store holds.

    Args:
        name: what the user gave.
        store: the store's folder.

    Raises:
        RecordError: the record is damaged.
        StorageError: it cannot be read.
    """
    if is_training_folder(Path(name)) or not search_place(store, name).is_file():
        return None
    with open_store(store, write=False) as opened:
        names = [entry.name for entry in opened.studies()]
        record = None if name in names else earlier_search(store, name)
        if record is None:
            return None
        study = opened.study(record.study) if record.study in names else None
        if study is not None and {arm.name for arm in study.spec.arms} != {
            f"candidate {number}" for number in record.finalists
        }:
            study = None  # of an earlier session's finalists: those of now have not been judged yet
        if study is not None:
            study = replace(study, openings=opened.openings(record.spec.digest))
    return StoredSearch(record=record, study=study, counted_at=time_stamp())
