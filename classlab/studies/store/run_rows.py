"""Runs as rows: the record's text, and the facts by which runs are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records import RunRecord, from_json, to_json
from classlab.studies.store.database import damaged
from classlab.studies.store.schema import bindable, row_digest, stored_real, with_digest

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

    from classlab.records import Figures
    from classlab.studies.store.run_filter import RunFilter
    from classlab.studies.store.schema import Cell


def write_rows(connection: sqlite3.Connection, runs: Iterable[tuple[RunRecord, int]]) -> None:
    """Inserts or replaces runs, within the caller's transaction.

    Args:
        connection: the database.
        runs: each record with the slot of its folder.
    """
    rows = [_row(record, slot) for record, slot in runs]
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT OR REPLACE INTO runs VALUES ({marks})", rows)  # noqa: S608  (question marks)


def record_text(connection: sqlite3.Connection, identity: str, *, where: Path) -> str | None:
    """The record of a run as it was written, or None where the database has none of this identity.

    Raises:
        RecordError: the row is not as it was written.
    """
    row = connection.execute("SELECT * FROM runs WHERE identity = ?", (bindable(identity),)).fetchone()
    if row is None:
        return None
    *cells, digest = row
    if row_digest(cells) != digest:
        raise damaged(where, f"the row of the run {identity} does not match its digest")
    return str(cells[-1])


def read_row(connection: sqlite3.Connection, identity: str, *, where: Path) -> RunRecord | None:
    """The same as a record."""
    text = record_text(connection, identity, where=where)
    return None if text is None else from_json(RunRecord, text, where=str(where))


def chosen_identities(connection: sqlite3.Connection, chosen: RunFilter) -> list[str]:
    """The identities of every run that fits, in the order asked for: the records, most of the database, stay unread."""
    tail, values = chosen.sql()
    return [name for (name,) in connection.execute(f"SELECT identity FROM runs{tail}", values)]  # noqa: S608  (ours)


def count(connection: sqlite3.Connection, chosen: RunFilter) -> int:
    """How many runs fit, whatever the limit."""
    where, values = chosen.where()
    return int(connection.execute(f"SELECT count(*) FROM runs{where}", values).fetchone()[0])  # noqa: S608  (ours)


def read_slot(connection: sqlite3.Connection, identity: str) -> int | None:
    """Which of its two folders a run lies in; None for an unknown run."""
    row = connection.execute("SELECT slot FROM runs WHERE identity = ?", (bindable(identity),)).fetchone()
    return None if row is None else int(row[0])


def remove_row(connection: sqlite3.Connection, identity: str) -> None:
    """Forgets a run, within the caller's transaction."""
    connection.execute("DELETE FROM runs WHERE identity = ?", (identity,))


def identities_like(connection: sqlite3.Connection, prefix: str) -> list[str]:
    """Identities that begin with these characters."""
    start = str(bindable(prefix))
    rows = connection.execute(
        "SELECT identity FROM runs WHERE substr(identity, 1, ?) = ? ORDER BY identity", (len(start), start)
    )
    return [identity for (identity,) in rows]


def _row(record: RunRecord, slot: int) -> tuple[Cell, ...]:
    spec = record.spec
    facts: tuple[Cell, ...] = (
        record.identity,
        slot,
        record.created,
        spec.data.name,
        spec.architecture.name,
        spec.optimizer.kind,
        stored_real(spec.optimizer.learning_rate),
        spec.seed,
        spec.epochs,
        spec.batch_size,
        record.state,
        stored_real(record.seconds),
        *_figures(record.validation),
        *_figures(record.test),
        to_json(record),
    )
    return with_digest([bindable(fact) for fact in facts])


def _figures(figures: Figures | None) -> tuple[float | None, float | None]:
    return (None, None) if figures is None else (stored_real(figures.accuracy), stored_real(figures.loss))
