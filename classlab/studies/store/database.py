"""The SQLite file of a store: opened, proven to be whole, changed in transactions."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from classlab.errors import LockedError, RecordError, StorageError
from classlab.files.atomic_file import remove_file, write_atomically
from classlab.files.read_file import read_file
from classlab.studies.store.checked_file import is_as_checked, note_checked
from classlab.studies.store.place import DATABASE_FILE
from classlab.studies.store.schema import (
    APPLICATION_ID,
    LAYOUT,
    SEALED_TABLES,
    broken_table,
    create_tables,
    expected_objects,
    follow,
    objects,
    renew,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.errors import ClasslabError

_PATIENCE = 30.0  # seconds to wait while another process commits; a commit takes milliseconds
_SYSTEM_CODES = {  # primary result codes that blame the system, not the file (https://sqlite.org/rescode.html)
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_AUTH,
}
_EMPTY_LIMIT = 2**20  # bytes; a database without rows has some 50,000
_JOURNAL = bytes.fromhex("d9d505f920a163d7")  # what a rollback journal begins with
_IOERR_SHORT_READ = 522  # the file ends where a page should be: damage


@contextmanager
def connected(path: Path, *, write: bool) -> Iterator[sqlite3.Connection]:
    """Opens an existing database, or creates one where `write` and the file is missing or empty; checks it.

    A new one comes as a whole, so that a power cut leaves none, and never a part of one.

    All of it is read, unless it is large and its file is as it was when it was last found to be whole.

    Args:
        path: the SQLite file.
        write: whether it will be changed; the caller holds the folder's lock then.

    Raises:
        RecordError: the file is damaged, is no store, or was written by a newer classlab.
        StorageError: it cannot be opened.
        LockedError: another process keeps it busy.
    """
    with translated(path):
        if write and (not path.exists() or (path.is_file() and not path.stat().st_size)):
            remove_file(path.with_name(f"{path.name}-journal"))  # of a former one
            write_atomically(path, _empty())
        _check_beside(path)
        opened = _connect(path, write=write)
    with closing(opened) as connection:
        with translated(path):
            _check(connection, path)
            others = _number(connection, "data_version")
        yield connection
        if write and _number(connection, "data_version") == others:  # all that changed since was written here
            note_checked(path)


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path, *, changed: tuple[str, ...]) -> Iterator[None]:
    """All of the changes made within, or none.

    Args:
        connection: a database opened for writing.
        path: its file, for the sentence of an error.
        changed: the tables that are changed; their seals are renewed.
    """
    with translated(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            follow(connection, changed)
            yield
            renew(connection, changed)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have ended it already
                connection.execute("ROLLBACK")
            raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into sentences."""
    try:
        yield
    except (sqlite3.Error, UnicodeError) as error:  # the latter where SQLite quotes bytes of a damaged file
        raise _sentence(path, error) from error


def damaged(path: Path, how: str) -> RecordError:
    """The error for a database that is not as it was written, with the way to recover."""
    return RecordError(
        f"{path} must be as classlab wrote it, but {how}. "
        f"Make it anew from the files beside it with `classlab runs --rebuild --store {path.parent}`."
    )


def _check_beside(path: Path) -> None:
    """Refuses what SQLite would do with a stranger's files beside a database.

    It would wait for a pipe. And a journal may name a super-journal, the file of a transaction over several databases,
    which SQLite removes when it has played the journal back: it would remove any file that a stranger names. No journal
    of a store names one.

    References:
        https://sqlite.org/fileformat.html#the_rollback_journal and pager.c, readSuperJournal: where the last eight
        bytes are those that a journal begins with, a name stands before them.
    """
    for end in ("-journal", "-wal", "-shm"):
        beside = path.with_name(path.name + end)
        with suppress(FileNotFoundError):  # a writer that commits removes its journal
            if not stat.S_ISREG(beside.lstat().st_mode):
                raise damaged(path, f"{beside.name} beside it is no regular file")
            if end == "-journal" and _last_bytes(beside, len(_JOURNAL)) == _JOURNAL:
                raise damaged(path, f"{beside.name} beside it names another file, which SQLite would remove")


def _last_bytes(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - count))
        return file.read(count)


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    connection = _open(path, "rwc" if write else "ro")
    try:
        if not write:
            try:
                connection.execute("PRAGMA schema_version").fetchone()
            except sqlite3.OperationalError:
                # A writer was killed while it committed: its journal must be played back first, which writes.
                connection.close()
                connection = _open(path, "rw")
                connection.execute("PRAGMA schema_version").fetchone()
                connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = EXTRA")  # FULL: a power cut may take the last transaction back
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA recursive_triggers = ON")  # a row that is replaced counts as one that is deleted
    except BaseException:
        connection.close()
        raise
    return connection


def _open(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)


def _empty() -> bytes:
    """A database without rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE_FILE
        with closing(_open(path, "rwc")) as connection, transaction(connection, path, changed=SEALED_TABLES):
            create_tables(connection)
        return read_file(path, limit=_EMPTY_LIMIT)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuses what is not, to the last row, what classlab wrote."""
    connection.execute("BEGIN")  # one state of the file for all the checks: what reads it keeps writers from it
    try:
        mark, layout = _number(connection, "application_id"), _number(connection, "user_version")
        if mark != APPLICATION_ID:
            raise damaged(path, "it does not bear the mark of a store")
        if layout > LAYOUT:
            raise RecordError(
                f"{path} was written by a newer classlab (layout {layout}, this one reads up to {LAYOUT}). "
                "Upgrade classlab."
            )
        if layout != LAYOUT or objects(connection) != expected_objects():
            raise damaged(path, "its tables are not those of a store")
        # SQLite itself does without what is missing of a last page where nothing is stored there.
        if path.stat().st_size != _number(connection, "page_count") * _number(connection, "page_size"):
            raise damaged(path, "its length is not that of its pages")
        if is_as_checked(path):
            return
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise damaged(path, "SQLite finds it malformed")
        table = broken_table(connection)
        if table is not None:
            raise damaged(path, f"the rows of its table {table!r} do not match their digests")
        note_checked(path)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _sentence(path: Path, error: Exception) -> ClasslabError:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(
            f"{path} must be free to be read or written, but another process kept it busy for {_PATIENCE:.0f} s. "
            "Try again when that process has finished."
        )
    if code & 0xFF in _SYSTEM_CODES and code != _IOERR_SHORT_READ:
        step = "Free some space" if code & 0xFF == sqlite3.SQLITE_FULL else "Check the permissions and the disk"
        return StorageError(
            f"{path} must be readable and writable, but SQLite says: {error}. "
            f"{step}; what was stored before is unchanged."
        )
    said = "".join(letter if letter.isprintable() else "?" for letter in str(error))
    return damaged(path, f"SQLite says: {said or type(error).__name__}")


def database_path(store: Path) -> Path:
    """The SQLite file of a store."""
    return store / DATABASE_FILE
