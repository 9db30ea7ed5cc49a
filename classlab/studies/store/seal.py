"""Digests over rows and over whole tables, by which a changed, lost or outdated row is noticed.

SQLite notices a page that is broken, not one whose content changed to something equally well-formed. Every row carries
the SHA-256 of its own columns, and every table one over the digests of its rows.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, TypeAlias

from classlab.studies.store.schema import SEALED_TABLES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

Cell: TypeAlias = str | int | float | None


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


def renew(connection: sqlite3.Connection, tables: Iterable[str]) -> None:
    """Brings the digests of changed tables up to date, within the caller's transaction."""
    for table in tables:
        digests = [digest for (digest,) in connection.execute(f"SELECT digest FROM {table}")]  # noqa: S608  (our names)
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
