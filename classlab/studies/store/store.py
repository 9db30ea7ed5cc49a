"""A store in the hand: runs, studies and the test-set ledger, read and written."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from classlab.errors import RecordError, SpecError, StorageError
from classlab.files.atomic_file import make_folder
from classlab.files.fault import fault
from classlab.options.nearest import did_you_mean
from classlab.records import to_json
from classlab.studies.runs.run_folder import read_run, write_run
from classlab.studies.store import ledger, run_rows, study_rows
from classlab.studies.store.database import database_path, transaction, translated
from classlab.studies.store.place import run_place, standing_place, work_place
from classlab.studies.store.run_filter import RunFilter
from classlab.studies.store.run_lines import read_lines
from classlab.studies.store.study_rows import read_memberships

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from classlab.records import Opening, RunRecord, StudyRecord
    from classlab.studies.runs.run import Run
    from classlab.studies.runs.run_folder import StoredRun
    from classlab.studies.store.run_lines import RunLine
    from classlab.studies.store.study_rows import Membership, Named, StudyEntry

_WRITERS = 8  # folders written at a time: a disk flushes many files together for little more than the price of one


class Store:
    """Runs, studies and openings; `open_store` hands one out.

    Args:
        root: the store's folder.
        connection: its database, checked.
        write: whether it may be changed; its folder is locked then.
    """

    def __init__(self, root: Path, connection: sqlite3.Connection, *, write: bool) -> None:
        self.root = root
        self._connection = connection
        self._write = write
        self._path = database_path(root)

    def record(self, identity: str) -> RunRecord | None:
        """The record of a run, or None where the store has no such run."""
        with translated(self._path):
            return run_rows.read_row(self._connection, identity, where=self._path)

    def record_text(self, identity: str) -> str | None:
        """The same as it was written, JSON; many times faster where records are only compared."""
        with translated(self._path):
            return run_rows.record_text(self._connection, identity, where=self._path)

    def run(self, identity: str) -> Run:
        """A run with its weights and predictions.

        Raises:
            StorageError: the store has no such run, or its files are missing.
            RecordError: its files are damaged, or are not those of the record.
        """
        from classlab.studies.runs.run import Run

        return Run(self.stored(identity), folder=self.folder(identity))

    def stored(self, identity: str) -> StoredRun:
        """Everything that a run's folder holds; errors are those of `run`."""
        record, folder = self.record(identity), self.folder(identity)
        stored = read_run(folder)
        if record is None or to_json(stored.record) != to_json(record):
            raise RecordError(
                f"{folder} must hold the run that {self._path.name} has on record, but it holds another training of "
                f"it. Make the database anew with `classlab runs --rebuild --store {self.root}`."
            )
        return stored

    def folder(self, identity: str) -> Path:
        """Where the files of a run lie.

        Raises:
            StorageError: the store has no such run.
        """
        with translated(self._path):
            slot = run_rows.read_slot(self._connection, identity)
        if slot is None:
            raise self._no_run(identity)
        return run_place(self.root, identity, slot)

    def runs(self, **filters: Any) -> list[RunRecord]:
        """The records of all runs that fit; `RunFilter` lists the filters."""
        return list(self.each_run(**filters))

    def identities(self, **filters: Any) -> list[str]:
        """The identities of the same runs."""
        with translated(self._path):
            return run_rows.chosen_identities(self._connection, RunFilter(**filters))

    def each_run(self, **filters: Any) -> Iterator[RunRecord]:
        """The same one by one: a hundred thousand records do not fit into a small memory together."""
        with translated(self._path):
            for identity in self.identities(**filters):
                record = run_rows.read_row(self._connection, identity, where=self._path)
                if record is not None:  # else it was removed meanwhile
                    yield record

    def lines(self, **filters: Any) -> list[RunLine]:
        """What a list shows of all runs that fit, many times faster than their records."""
        with translated(self._path):
            return list(
                read_lines(self._connection, run_rows.chosen_identities(self._connection, RunFilter(**filters)))
            )

    def count(self, **filters: Any) -> int:
        """How many runs fit, whatever `limit` and `skip`."""
        with translated(self._path):
            return run_rows.count(self._connection, RunFilter(**filters))

    def memberships(self, runs: Iterable[Named], *, study: str | None = None) -> dict[str, Membership]:
        """The study and arm of each of these runs; `read_memberships` says which where there are several."""
        with translated(self._path):
            return read_memberships(self._connection, runs, study=study, where=self._path)

    def find(self, prefix: str) -> str:
        """The identity that begins with these characters.

        Raises:
            StorageError: none does.
            SpecError: several do.
        """
        with translated(self._path):
            found = run_rows.identities_like(self._connection, prefix) if prefix else []
        if not found:
            raise self._no_run(prefix)
        if len(found) > 1 and prefix not in found:
            raise SpecError(
                f"a run's identity must be given so far that it is the only one, but {prefix!r} begins {len(found)} "
                f"of them, {found[0]} and {found[1]} among them. Give more of it."
            )
        return found[0]

    def add(self, runs: Sequence[StoredRun], *, opening: Opening | None) -> None:
        """Stores finished runs: their files first, then all rows and the opening in one transaction.

        A crash in between leaves files that no row points to; storing the runs again replaces them. A run that the
        store has already is replaced.

        Args:
            runs: any number of them.
            opening: the entry for the test-set ledger; None where the test images were not opened.

        Raises:
            StorageError: the disk is full or refuses; what the store held before is unchanged.
        """
        self._must_be_writable()
        chosen = {run.record.identity: run for run in runs}
        slots = {identity: self._slot(identity) for identity in chosen}
        old = {identity: 1 - slot for identity, slot in slots.items() if self._has(identity)}
        with ThreadPoolExecutor(_WRITERS) as writers:
            places = [run_place(self.root, identity, slots[identity]) for identity in chosen]
            list(writers.map(write_run, places, chosen.values()))
        fault("files-without-rows")
        if opening is not None:
            ledger.append_lines(self.root, [opening])
        with transaction(self._connection, self._path, changed=("runs", "openings")):
            run_rows.write_rows(self._connection, ((run.record, slots[identity]) for identity, run in chosen.items()))
            if opening is not None:
                ledger.write_opening(self._connection, opening)
        for identity, slot in old.items():
            _remove_folder(run_place(self.root, identity, slot))

    def remove(self, identities: Iterable[str]) -> int:
        """Removes runs with their files; studies keep their own copies of the records, the ledger keeps its entries.

        Returns:
            How many runs there were.
        """
        self._must_be_writable()
        places = {identity: self.folder(identity) for identity in identities if self._has(identity)}
        with transaction(self._connection, self._path, changed=("runs",)):
            for identity in places:
                run_rows.remove_row(self._connection, identity)
        for place in places.values():
            _remove_folder(place)
        return len(places)

    def save_study(self, study: StudyRecord, *, unfinished: bool = False) -> None:
        """Stores a study under its name; another one of that name is replaced.

        Args:
            study: the record.
            unfinished: whether some of its runs are still to come.

        Raises:
            StorageError: the disk is full or refuses.
        """
        self._must_be_writable()
        study_rows.write_study_file(self.root, study, finished=not unfinished)
        with transaction(self._connection, self._path, changed=("studies", "study_runs")):
            study_rows.write_study_row(self._connection, study, finished=not unfinished)

    def study(self, name: str) -> StudyRecord:
        """The record of a study, finished or not.

        Raises:
            StorageError: there is none of this name.
        """
        with translated(self._path):
            found = study_rows.read_study_row(self._connection, name, where=self._path)
        if found is None:
            names = [entry.name for entry in self.studies()]
            hint = did_you_mean(name, names, otherwise="List its studies with `classlab runs studies`.")
            raise StorageError(f"{self.root} must hold the study {name!r}, but it does not. {hint}")
        return found

    def earlier_study(self, name: str) -> StudyRecord | None:
        """The record of the study that a new one of this name will replace; None where there is none to be read."""
        with translated(self._path), suppress(RecordError):
            return study_rows.read_study_row(self._connection, name, where=self._path)
        return None

    def studies(self) -> list[StudyEntry]:
        """Every study without its runs, newest first."""
        with translated(self._path):
            return study_rows.read_entries(self._connection)

    def openings(self, digest: str | None = None) -> tuple[Opening, ...]:
        """The test-set ledger, oldest entry first.

        Args:
            digest: SHA-256 of the dataset; None for the whole ledger.
        """
        with translated(self._path):
            return ledger.read_openings(self._connection, self.root, digest)

    def take_in_openings(self) -> None:
        """Makes rows of the ledger's lines that trainings outside of studies have added.

        Raises:
            StorageError: the disk is full or refuses.
        """
        self._must_be_writable()
        with translated(self._path):
            added = ledger.lines_without_rows(self._connection, self.root)
        if added:
            with transaction(self._connection, self._path, changed=("openings",)):
                for opening in added:
                    ledger.write_opening(self._connection, opening)

    def work_folder(self, key: str) -> Path:
        """The folder in which an unfinished population keeps its checkpoint; made where it is missing.

        Raises:
            SpecError: the key cannot be the name of a folder.
            StorageError: the folder cannot be made.
        """
        self._must_be_writable()
        place = work_place(self.root, key)
        make_folder(place)
        return place

    def remove_work(self, key: str) -> None:
        """Removes a work folder and what is in it, if it is there."""
        self._must_be_writable()
        _remove_folder(work_place(self.root, key))

    def standing_folder(self, study: str) -> Path:
        """The folder in which a study of this name says where it stands while it trains."""
        return standing_place(self.root, study)

    def _has(self, identity: str) -> bool:
        return run_rows.read_slot(self._connection, identity) is not None

    def _slot(self, identity: str) -> int:
        """The slot to write to: the one that the database does not point to."""
        current = run_rows.read_slot(self._connection, identity)
        return 0 if current is None else 1 - current

    def _must_be_writable(self) -> None:
        if not self._write:
            raise SpecError(
                f"the store {self.root} must be opened for writing to be changed, but it was opened with write=False. "
                "Use `open_store(folder, write=True)`."
            )

    def _no_run(self, identity: str) -> StorageError:
        return StorageError(
            f"{self.root} must hold the run {identity[:80]!r}, but it does not. List its runs with `classlab runs`."
        )


def _remove_folder(folder: Path) -> None:
    # Nothing points to it any more: what cannot be removed now is in nobody's way.
    shutil.rmtree(folder, ignore_errors=True)
