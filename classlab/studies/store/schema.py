"""The tables of a store, the marks by which its database is known, and the digests by which a changed row is noticed.

SQLite notices a page that is broken, not one whose content changed to something equally well-formed. Every row carries
the SHA-256 of its own columns, and every table one over the digests of its rows.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


APPLICATION_ID = 0x434C4142  # "CLAB": what tells this database from any other SQLite file
LAYOUT = 1  # raised by every change of the tables

# A row's digest covers its other columns. "Append only" is the database's business, not only the program's.
_STATEMENTS = (
    """CREATE TABLE runs (
  identity TEXT PRIMARY KEY NOT NULL,
  slot INTEGER NOT NULL,
  created TEXT NOT NULL,
  data TEXT NOT NULL,
  model TEXT NOT NULL,
  optimizer TEXT NOT NULL,
  learning_rate REAL,
  seed INTEGER NOT NULL,
  epochs INTEGER NOT NULL,
  batch_size INTEGER NOT NULL,
  state TEXT NOT NULL,
  seconds REAL,
  validation_accuracy REAL,
  validation_loss REAL,
  test_accuracy REAL,
  test_loss REAL,
  record TEXT NOT NULL,
  digest TEXT NOT NULL
)""",
    """CREATE TABLE studies (
  name TEXT PRIMARY KEY NOT NULL,
  finished INTEGER NOT NULL,
  created TEXT NOT NULL,
  question TEXT NOT NULL,
  arms INTEGER NOT NULL,
  seeds INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  record TEXT NOT NULL,
  digest TEXT NOT NULL
)""",
    """CREATE TABLE study_runs (
  study TEXT NOT NULL REFERENCES studies (name) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  identity TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (study, position)
)""",
    """CREATE TABLE openings (
  number INTEGER PRIMARY KEY,
  time TEXT NOT NULL,
  dataset TEXT NOT NULL,
  data_digest TEXT NOT NULL,
  study TEXT NOT NULL,
  purpose TEXT NOT NULL,
  runs INTEGER NOT NULL,
  digest TEXT NOT NULL
)""",
    """CREATE TABLE seals (
  name TEXT PRIMARY KEY NOT NULL,
  rows INTEGER NOT NULL,
  digest TEXT NOT NULL
)""",
    """CREATE TRIGGER openings_stay BEFORE DELETE ON openings
BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END""",
    """CREATE TRIGGER openings_are_fixed BEFORE UPDATE ON openings
BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END""",
)
SEALED_TABLES = ("runs", "studies", "study_runs", "openings")


def create_tables(connection: sqlite3.Connection) -> None:
    """Makes the tables and marks the file; within the caller's transaction, so all of it or nothing."""
    for statement in _STATEMENTS:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {LAYOUT}")


def objects(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """Every table, index and trigger with the text that made it."""
    rows = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name")
    return rows.fetchall()


def expected_objects() -> list[tuple[str, ...]]:
    """The same for an empty store of this layout."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create_tables(connection)
        return objects(connection)
    finally:
        connection.close()


Cell: TypeAlias = str | int | float | None


def bindable(value: Cell) -> Cell:
    """A value that SQLite takes: words from a command line may hold bytes that are no text."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def row_digest(cells: Sequence[Cell]) -> str:
    """SHA-256 of a row's columns without the digest itself, in hexadecimal."""
    # A damaged file may turn a text into a blob; its digest must come out wrong, not fail.
    return hashlib.sha256(json.dumps(list(cells), separators=(",", ":"), default=repr).encode()).hexdigest()


def with_digest(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """A row's columns and their digest, ready to be stored."""
    return (*cells, row_digest(cells))


def stored_real(value: float | None) -> float | None:
    """A number as SQLite gives it back: it knows neither NaN nor a negative zero."""
    return None if value is None or value != value else float(value) + 0.0


def follow(connection: sqlite3.Connection, tables: Iterable[str]) -> None:
    """Keeps the digests of these tables at hand from now on, before the caller's transaction changes them.

    A digest is a row's last column, behind a record of many pages: to renew a seal from the rows themselves would read
    the whole database at every change.
    """
    there = {name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")}
    for table in there.intersection(tables):  # none of them in a database that is being made
        if _followed(connection, table):
            continue
        rows = f"temp.{table}_digests"
        connection.execute(f"CREATE TABLE {rows} (place INTEGER PRIMARY KEY, digest TEXT NOT NULL)")
        connection.execute(f"INSERT INTO {rows} SELECT rowid, digest FROM main.{table}")  # noqa: S608  (our names)
        for event, statement in (
            ("INSERT", f"INSERT INTO {table}_digests VALUES (new.rowid, new.digest)"),  # noqa: S608
            ("DELETE", f"DELETE FROM {table}_digests WHERE place = old.rowid"),  # noqa: S608
        ):
            name = f"temp.{table}_{event.lower()}"
            connection.execute(f"CREATE TRIGGER {name} AFTER {event} ON main.{table} BEGIN {statement}; END")


def _followed(connection: sqlite3.Connection, table: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_temp_master WHERE name = ?", (f"{table}_digests",))
    return found.fetchone() is not None


def renew(connection: sqlite3.Connection, tables: Iterable[str]) -> None:
    """Brings the digests of changed tables up to date, within the caller's transaction."""
    for table in tables:
        rows = f"temp.{table}_digests" if _followed(connection, table) else table
        digests = [digest for (digest,) in connection.execute(f"SELECT digest FROM {rows}")]  # noqa: S608  (our names)
        connection.execute("INSERT OR REPLACE INTO seals VALUES (?, ?, ?)", (table, len(digests), _of_table(digests)))


def broken_table(connection: sqlite3.Connection) -> str | None:
    """Reads every row of every table and names the first table that is not as it was written; None where all are."""
    seals = {name: (rows, digest) for name, rows, digest in connection.execute("SELECT * FROM seals")}
    for table in SEALED_TABLES:
        digests = []
        for *cells, digest in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608  (our names)
            if row_digest(cells) != digest:
                return table
            digests.append(digest)
        if seals.get(table) != (len(digests), _of_table(digests)):
            return table
    return None


def _of_table(digests: list[str]) -> str:
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
