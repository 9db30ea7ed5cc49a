"""The tables of a store, and the marks by which its database is known."""

from __future__ import annotations

import sqlite3

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
