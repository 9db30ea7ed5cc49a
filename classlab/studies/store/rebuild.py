"""The database made anew from the files beside it: the way out of a damaged one."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import RecordError, StorageError, unwritable
from classlab.files.folder_lock import locked_folder
from classlab.files.half_written import half_written
from classlab.records.base import Record
from classlab.studies.runs.run_folder import RECORD_FILE, read_run
from classlab.studies.store import ledger, run_rows, study_rows
from classlab.studies.store.database import connected, database_path, transaction
from classlab.studies.store.place import DATABASE_FILE, LEDGER_FILE, RUNS_FOLDER, STUDIES_FOLDER, run_place, study_place
from classlab.studies.store.schema import SEALED_TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.records import Opening, RunRecord
    from classlab.studies.store.study_rows import StudyFile

_BEFORE = ".before-rebuild"
ASIDE = f"{DATABASE_FILE}{_BEFORE}"
_SIDE_FILES = ("-journal", "-wal", "-shm")


@dataclass(frozen=True, kw_only=True)
class Rebuilt(Record):
    """What was found in a store's files.

    Args:
        runs: how many runs.
        studies: how many studies.
        openings: how many entries of the test-set ledger.
        skipped: what could not be read, each a sentence.
        aside: where the former database went; None where there was none.
        half_written: files that killed processes left, by their paths.
    """

    runs: int
    studies: int
    openings: int
    skipped: tuple[str, ...]
    aside: str | None
    half_written: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Found:
    runs: list[tuple[RunRecord, int]]
    studies: list[StudyFile]
    openings: list[Opening]
    skipped: list[str]


def rebuild(store: Path) -> Rebuilt:
    """Reads every run, study and ledger line of a store and writes a new database from them.

    The former database is kept beside the new one. A crash at any point leaves one of the two.

    Args:
        store: the store's folder.

    Raises:
        StorageError: it is no store, or the system refuses, as with a ledger that may not be read.
        LockedError: another process is writing to it.
    """
    path = database_path(store)
    if not any((store / name).exists() for name in (path.name, RUNS_FOLDER, STUDIES_FOLDER, LEDGER_FILE)):
        raise StorageError(
            f"{store} must be a store to be rebuilt, but it holds none of a store's files. Check --store."
        )
    with locked_folder(store):
        strangers = _strangers_aside(store)
        found = _read_all(store)
        _write_new(path.with_name(f"{path.name}.new"), found)
        aside = _put_in_place(path)
        left = half_written(store)
    return Rebuilt(
        runs=len(found.runs),
        studies=len(found.studies),
        openings=len(found.openings),
        skipped=(*strangers, *found.skipped),
        aside=None if aside is None else str(aside),
        half_written=tuple(map(str, left)),
    )


def _strangers_aside(store: Path) -> list[str]:
    """Gives what has the name of the database or the ledger, and is a folder, pipe or device, another name."""
    said = []
    for path in (database_path(store), store / LEDGER_FILE):
        if path.exists() and not path.is_file():
            aside = path.with_name(f"{path.name}{_BEFORE}")
            try:
                path.replace(aside)
            except OSError as refusal:
                raise unwritable(path, refusal) from refusal
            said.append(f"{path} was no regular file; it is kept as {aside.name}.")
    return said


def _read_all(store: Path) -> _Found:
    openings, lost = ledger.read_lines(store)
    skipped = []
    if lost:
        lines = "1 line" if lost == 1 else f"{lost} lines"
        skipped.append(f"{store / LEDGER_FILE}: {lines} of the test-set ledger could not be read.")
    newest: dict[str, tuple[RunRecord, int]] = {}
    for folder in sorted((store / RUNS_FOLDER).glob("*")):
        if not (folder / RECORD_FILE).is_file():
            continue  # its training was killed before the run was whole
        try:
            record, slot = _read_run(store, folder)
        except (RecordError, StorageError) as problem:
            skipped.append(str(problem))
            continue
        # A run that was trained again may lie in both of its folders for a moment.
        if record.identity not in newest or record.created >= newest[record.identity][0].created:
            newest[record.identity] = (record, slot)
    studies = []
    for file in sorted((store / STUDIES_FOLDER).glob("*.json")):
        try:
            studies.append(_read_study(store, file))
        except (RecordError, StorageError) as problem:
            skipped.append(str(problem))
    return _Found(runs=list(newest.values()), studies=studies, openings=openings, skipped=skipped)


def _read_run(store: Path, folder: Path) -> tuple[RunRecord, int]:
    """Reads a whole run, its weights and predictions too: what is damaged stays out of the new database."""
    record = read_run(folder).record
    for slot in (0, 1):
        if run_place(store, record.identity, slot) == folder:
            return record, slot
    raise RecordError(
        f"{folder} must be named for the run in it, but it holds the run {record.identity}. Rename the folder."
    )


def _read_study(store: Path, file: Path) -> StudyFile:
    study = study_rows.read_study_file(file)
    if study_place(store, study.study.spec.name) != file:
        raise RecordError(
            f"{file} must be named for the study in it, but it holds {study.study.spec.name!r}. "
            f"Rename it {study_place(store, study.study.spec.name).name}."
        )
    return study


def _write_new(path: Path, found: _Found) -> None:
    for end in ("", *_SIDE_FILES):
        _remove(path.with_name(path.name + end))
    with connected(path, write=True) as connection, transaction(connection, path, changed=SEALED_TABLES):
        run_rows.write_rows(connection, found.runs)
        for study in found.studies:
            study_rows.write_study_row(connection, study.study, finished=study.finished)
        for opening in found.openings:
            ledger.write_opening(connection, opening)


def _put_in_place(path: Path) -> Path | None:
    """Keeps the former database under another name, its journal too: it must not be played into the new one."""
    aside = path.with_name(ASIDE)
    kept = path.exists()
    try:
        for end in _SIDE_FILES:
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).replace(aside.with_name(aside.name + end))
        if kept:
            _remove(aside)
            _keep(path, aside)
        path.with_name(f"{path.name}.new").replace(path)
    except OSError as refusal:
        raise unwritable(path, refusal) from refusal
    return aside if kept else None


def _keep(path: Path, aside: Path) -> None:
    """A second name, so that there is a database at every moment; a copy where the file system has no hard links."""
    try:
        os.link(path, aside)
    except OSError:
        shutil.copyfile(path, aside)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as refusal:
        raise unwritable(path, refusal) from refusal
