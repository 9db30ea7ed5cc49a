"""What a list shows of a run, from the columns of its row: a record has hundreds of times as much to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.records.base import Record

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLine(Record):
    """One line of the list of runs; the fields are those of a record and its specification, None where there is none.

    Args:
        identity: the run's identity.
        created: ISO 8601 time in UTC.
        data: the dataset's name.
        model: the architecture's name.
        optimizer: Keras's name in small letters.
        learning_rate: the base rate.
        seed: the seed.
        epochs_done: epochs that completed.
        epochs: epochs asked for.
        state: how the run ended.
        validation_accuracy: share of the validation images, in [0, 1].
        test_accuracy: share of the test images, in [0, 1].
    """

    identity: str
    created: str
    data: str
    model: str
    optimizer: str
    learning_rate: float | None
    seed: int
    epochs_done: int
    epochs: int
    state: str
    validation_accuracy: float | None
    test_accuracy: float | None


_COLUMNS = tuple(RunLine.__dataclass_fields__)
# A run is finished when its last epoch is done; of the others the record has to be read.
_DONE = "CASE state WHEN 'finished' THEN epochs ELSE json_extract(record, '$.epochs_done') END"
_SELECT = ", ".join(_DONE if name == "epochs_done" else name for name in _COLUMNS)


def read_lines(connection: sqlite3.Connection, identities: Iterable[str]) -> Iterator[RunLine]:
    """The lines of these runs, in their order; of runs that are not there, none."""
    for identity in identities:
        found = connection.execute(f"SELECT {_SELECT} FROM runs WHERE identity = ?", (identity,))  # noqa: S608  (ours)
        for row in found:
            yield RunLine(**dict(zip(_COLUMNS, row, strict=True)))
