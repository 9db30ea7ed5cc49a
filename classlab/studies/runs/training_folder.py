"""The folder of a training: new, unfinished, or finished, and whether it may be used for what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classlab.errors import RecordError, SpecError, StorageError, unwritable
from classlab.files.atomic_file import remove_file, write_atomically
from classlab.files.read_file import read_file
from classlab.records import RunSpec, from_sealed_json, identity, to_sealed_json
from classlab.records.base import Record
from classlab.records.run import SCHEMA_VERSION
from classlab.studies.runs.run_folder import RECORD_FILE, read_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STARTED_FILE = "spec.json"
CHECKPOINT_FILE = "checkpoint.safetensors"
_STARTED_LIMIT = 64 * 2**20  # bytes

FolderState = Literal["new", "unfinished", "finished"]


@dataclass(frozen=True, kw_only=True)
class Started(Record):
    """What lies in a folder while its training has not finished.

    Args:
        specs: every run of the population, in the order of its members.
        created: ISO 8601 time in UTC.
        version: version of this record's layout.
    """

    specs: tuple[RunSpec, ...]
    created: str
    version: int = SCHEMA_VERSION


def run_folders(folder: Path, specs: Sequence[RunSpec]) -> list[Path]:
    """Where each run of a training lies: the folder itself for one run, else one folder per seed."""
    return [folder] if len(specs) == 1 else [folder / f"seed-{spec.seed}" for spec in specs]


def folder_state(folder: Path, specs: Sequence[RunSpec], *, again: bool = False) -> FolderState:
    """Says what the folder holds of exactly these runs.

    Args:
        folder: the training's folder.
        specs: the runs that are asked for.
        again: whether the caller wants finished or unfinished runs replaced; other runs are refused all the same.

    Raises:
        SpecError: the folder holds other runs than these.
        StorageError: the folder holds something else than runs.
        RecordError: a record in it is damaged or newer than this classlab.
    """
    asked = [identity(spec) for spec in specs]
    try:
        started = (folder / STARTED_FILE).is_file()
    except OSError as refusal:  # as of a name that is too long for any file
        raise unwritable(folder, refusal) from None
    if started:
        try:
            begun = _started_identities(folder, replace=again)
        except StorageError:
            if (folder / STARTED_FILE).exists():
                raise  # else another process has finished the training a moment ago
        else:
            if begun not in (asked, None):
                raise SpecError(_other(folder, "an unfinished training"))
            return "unfinished"
    found = [place for place in (folder, *sorted(folder.glob("seed-*"))) if (place / RECORD_FILE).is_file()]
    if not found:
        return _state_without_runs(folder)
    if set(found) != set(run_folders(folder, specs)):
        raise SpecError(_other(folder, f"{len(found)} finished run{'s' if len(found) > 1 else ''}"))
    if _identities(run_folders(folder, specs), replace=again) not in (asked, None):
        raise SpecError(_other(folder, "a finished run"))
    return "finished"


def mark_started(folder: Path, specs: Sequence[RunSpec], *, created: str) -> None:
    """Notes in the folder what is being trained there.

    Raises:
        StorageError: the folder cannot be written.
    """
    started = Started(specs=tuple(specs), created=created)
    write_atomically(folder / STARTED_FILE, to_sealed_json(started).encode())


def mark_finished(folder: Path) -> None:
    """Removes what only an unfinished training needs, once every run's files are on disk.

    The note goes first: a crash between the two leaves a checkpoint that nothing asks for, and the next training here
    clears it away.

    Raises:
        StorageError: a file cannot be removed.
    """
    remove_file(folder / STARTED_FILE)
    discard_checkpoint(folder)


def discard_checkpoint(folder: Path) -> None:
    """Removes the checkpoint; call it under the folder's lock.

    Raises:
        StorageError: a file cannot be removed.
    """
    for path in folder.glob(f"{CHECKPOINT_FILE}*"):  # with half-written ones of older versions
        remove_file(path)


def read_started(folder: Path) -> Started:
    """Reads what is being trained in a folder.

    Raises:
        StorageError: the note cannot be read.
        RecordError: it is damaged or newer than this classlab.
    """
    path = folder / STARTED_FILE
    return from_sealed_json(Started, read_file(path, limit=_STARTED_LIMIT), where=str(path))


def _started_identities(folder: Path, *, replace: bool) -> list[str] | None:
    """Identities of the runs that were begun; None where the note is damaged and is going to be replaced anyway."""
    try:
        return [identity(spec) for spec in read_started(folder).specs]
    except RecordError:
        if replace:
            return None
        raise


def _identities(places: Sequence[Path], *, replace: bool) -> list[str] | None:
    """Identities of finished runs; None where a record is damaged and is going to be replaced anyway."""
    try:
        return [read_record(place).identity for place in places]
    except (RecordError, StorageError):
        if replace:
            return None
        raise


def _state_without_runs(folder: Path) -> FolderState:
    strangers = sorted(entry.name for entry in folder.glob("*") if not entry.name.startswith("."))
    if {STARTED_FILE, CHECKPOINT_FILE}.intersection(strangers):
        return "unfinished"  # the note may have come a moment ago, from a process that the lock will name
    if strangers:
        raise StorageError(
            f"{folder} must be new, empty or the folder of a training, but it holds {strangers[0]!r}. "
            "Choose another folder."
        )
    return "new"


def _other(folder: Path, what: str) -> str:
    return (
        f"{folder} must be used for one training only, but it holds {what} of another specification. "
        "Choose another folder, or remove this one if it is not needed."
    )
