"""Opening a store: for reading by anybody, for writing by one process at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from classlab.errors import ClasslabError, StorageError
from classlab.files.atomic_file import remove_file
from classlab.files.folder_lock import locked_folder
from classlab.studies.store.database import connected, damaged, database_path
from classlab.studies.store.ledger import read_lines
from classlab.studies.store.place import LEDGER_FILE, RUNS_FOLDER, STUDIES_FOLDER, WORK_FOLDER
from classlab.studies.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from classlab.records import Opening


@contextmanager
def open_store(folder: Path, *, write: bool) -> Iterator[Store]:
    """Opens a store and checks all of it; with `write`, creates it where it is missing and holds its lock.

    Args:
        folder: the store's folder.
        write: whether it will be changed.

    Raises:
        StorageError: there is no store to read, or the system refuses.
        RecordError: it is damaged or was written by a newer classlab.
        LockedError: another process is writing to it.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as place, open_store(Path(place), write=True) as store:
        ...     len(store.runs(data="mnist"))
        0
    """
    if not write:
        _must_be_there(folder)
        with connected(database_path(folder), write=False) as connection:
            yield Store(folder, connection, write=False)
        return
    with locked_folder(folder), _only_where_used(folder):
        _must_not_be_lost(folder)
        with connected(database_path(folder), write=True) as connection:
            store = Store(folder, connection, write=True)
            store.take_in_openings()
            yield store


@contextmanager
def _only_where_used(folder: Path) -> Iterator[None]:
    """Takes a database that was made here away where an error leaves no run and no study in the store."""
    path = database_path(folder)
    new = not path.exists()
    try:
        yield
    except ClasslabError:
        if new and not any((folder / part).exists() for part in (RUNS_FOLDER, STUDIES_FOLDER, WORK_FOLDER)):
            remove_file(path)
        raise


def read_ledger(folder: Path) -> tuple[Opening, ...]:
    """Every opening that a store knows of, oldest first, also where trainings have opened test images but no study yet.

    Args:
        folder: the store's folder.

    Raises:
        StorageError: there is neither a store nor a ledger.
        RecordError: the store is damaged or was written by a newer classlab.
    """
    if is_ledger_alone(folder):
        _must_not_be_lost(folder)
        return tuple(read_lines(folder)[0])
    with open_store(folder, write=False) as store:
        return store.openings()


def is_ledger_alone(folder: Path) -> bool:
    """Whether a store has a ledger and no database: trainings have opened test images, and no study has been run."""
    return not database_path(folder).exists() and (folder / LEDGER_FILE).is_file()


def _must_be_there(folder: Path) -> None:
    _must_not_be_lost(folder)
    path = database_path(folder)
    if not path.is_file() or not path.stat().st_size:
        raise StorageError(
            f"{folder} must be a store, but it holds no {path.name}. "
            "Give its folder with --store, or train into it first with `classlab sweep`."
        )


def _must_not_be_lost(folder: Path) -> None:
    """Refuses a store whose database is missing or empty while its files are there: they would be forgotten.

    The ledger's file alone is no sign of a loss: trainings write to it where no study has made a store yet.
    """
    path = database_path(folder)
    if path.is_file() and path.stat().st_size:
        return
    left = [name for name in (RUNS_FOLDER, STUDIES_FOLDER) if (folder / name).exists()]
    if left:
        raise damaged(path, f"it is missing or empty while {left[0]} lies beside it")
