"""Studies as rows, each with a file from which the row can be made anew; and the study that a run belongs to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from classlab.files.atomic_file import make_folder, write_atomically
from classlab.files.read_file import read_file
from classlab.records import StudyRecord, StudySpec, from_json, from_sealed_json, identity, to_json, to_sealed_json
from classlab.records.base import Record
from classlab.records.codec import from_plain
from classlab.records.run import SCHEMA_VERSION
from classlab.studies.store.place import study_place
from classlab.studies.store.run_rows import read_row
from classlab.studies.store.schema import bindable, with_digest

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

    from classlab.records import RunRecord


_LIMIT = 2**30  # bytes; a study of 10,000 runs has about 100 MB


@dataclass(frozen=True, kw_only=True)
class StudyFile(Record):
    """What the file of a study holds.

    Args:
        study: the study's record.
        finished: whether all of its runs are in it.
        version: version of this record's layout.
    """

    study: StudyRecord
    finished: bool
    version: int = SCHEMA_VERSION


@dataclass(frozen=True, kw_only=True)
class StudyEntry(Record):
    """One line of the list of studies.

    Args:
        name: the study's name.
        finished: whether all of its runs are in it.
        created: ISO 8601 time in UTC of its last run.
        question: what it is to answer.
        arms: how many combinations it compares.
        seeds: how many seeds each of them has.
        runs: how many runs are in it, its confirmation included.
    """

    name: str
    finished: bool
    created: str
    question: str
    arms: int
    seeds: int
    runs: int


def write_study_file(store: Path, study: StudyRecord, *, finished: bool) -> None:
    """Writes the file from which a lost row can be made anew.

    Raises:
        StorageError: it cannot be written.
    """
    path = study_place(store, study.spec.name)
    make_folder(path.parent)
    write_atomically(path, to_sealed_json(StudyFile(study=study, finished=finished)).encode())


def read_study_file(path: Path) -> StudyFile:
    """Reads such a file.

    Raises:
        StorageError: it cannot be read.
        RecordError: it is damaged or newer than this classlab.
    """
    return from_sealed_json(StudyFile, read_file(path, limit=_LIMIT), where=str(path))


def write_study_row(connection: sqlite3.Connection, study: StudyRecord, *, finished: bool) -> None:
    """Inserts or replaces a study and the list of its runs, within the caller's transaction."""
    name = bindable(study.spec.name)
    runs = [run.identity for run in (*study.runs, *study.confirmation)]
    row = with_digest(
        (
            name,
            int(finished),
            bindable(study.created),
            bindable(study.spec.question),
            len(study.spec.arms),
            len(study.spec.seeds),
            len(runs),
            to_json(study),
        )
    )
    connection.execute("DELETE FROM studies WHERE name = ?", (name,))  # takes its lines of `study_runs` along
    connection.execute("INSERT INTO studies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.executemany(
        "INSERT INTO study_runs VALUES (?, ?, ?, ?)",
        [with_digest((name, position, bindable(identity))) for position, identity in enumerate(runs)],
    )


def read_study_row(connection: sqlite3.Connection, name: str, *, where: Path) -> StudyRecord | None:
    """The record of a study, or None where there is none of this name."""
    row = connection.execute("SELECT record FROM studies WHERE name = ?", (bindable(name),)).fetchone()
    return None if row is None else from_json(StudyRecord, row[0], where=str(where))


def read_entries(connection: sqlite3.Connection) -> list[StudyEntry]:
    """Every study without its runs, newest first."""
    rows = connection.execute(
        "SELECT name, finished, created, question, arms, seeds, runs FROM studies ORDER BY created DESC, name"
    )
    return [
        StudyEntry(
            name=name,
            finished=bool(finished),
            created=created,
            question=question,
            arms=arms,
            seeds=seeds,
            runs=runs,
        )
        for name, finished, created, question, arms, seeds, runs in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Membership:
    """Where a run belongs.

    Args:
        study: the study's name.
        arm: the name of the run's arm in it.
    """

    study: str
    arm: str


class Named(Protocol):
    """A run's record, or its line in a list."""

    @property
    def identity(self) -> str:
        """The run's identity."""


def read_memberships(
    connection: sqlite3.Connection, runs: Iterable[Named], *, study: str | None = None, where: Path
) -> dict[str, Membership]:
    """The study and arm of each run, by its identity; runs of no study are left out.

    A run may belong to several studies: the newest one counts. Within it the first arm counts that has this
    configuration.

    Args:
        connection: the database.
        runs: the runs.
        study: look at this study alone.
        where: the database's file, for the sentence of an error.
    """
    asked = (bindable(study), bindable(study))
    entries = connection.execute(
        "SELECT name, finished FROM studies WHERE ? IS NULL OR name = ? ORDER BY created DESC, name", asked
    ).fetchall()
    finished, rank = dict(entries), {name: place for place, (name, _) in enumerate(entries)}
    wanted = {run.identity for run in runs}
    homes: dict[str, tuple[int, int, str]] = {}
    rows = connection.execute("SELECT study, identity, position FROM study_runs WHERE ? IS NULL OR study = ?", asked)
    for name, run, position in rows:
        if run in wanted:
            found = (rank[name], position, name)
            homes[run] = min(homes.get(run, found), found)
    layouts = {name: _Layout(connection, name) for name in dict.fromkeys(name for _, _, name in homes.values())}
    memberships = {}
    for run, (_, position, name) in homes.items():
        arm = layouts[name].arm_at(position) if finished[name] else None
        if arm is None:
            record = read_row(connection, run, where=where)
            arm = None if record is None else layouts[name].arm_of(record)
        if arm is not None:
            memberships[run] = Membership(study=name, arm=arm)
    return memberships


class _Layout:
    """The arms of a study: a finished one has its runs arm by arm, and those of its confirmation after them."""

    def __init__(self, connection: sqlite3.Connection, study: str) -> None:
        (text,) = connection.execute("SELECT record FROM studies WHERE name = ?", (study,)).fetchone()
        self._plain = _spec_within(text)
        self._names: list[str] = [arm["name"] for arm in self._plain["arms"]]
        self._draws = len(self._plain["seeds"]) * (self._plain["arms"][0]["spec"]["data"].get("folds") or 1)

    def arm_at(self, position: int) -> str | None:
        """The arm of the run at this place; None for one of the confirmation."""
        arm = position // self._draws
        return self._names[arm] if arm < len(self._names) else None

    def arm_of(self, record: RunRecord) -> str | None:
        """The first arm of a run's configuration, by the identity that it has with the seed 0."""
        return self._by_identity.get(identity(record.spec.drawn(seed=0)))

    @cached_property
    def _by_identity(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for arm in from_plain(StudySpec, self._plain).arms:
            names.setdefault(identity(arm.run_spec(0)), arm.name)
        return names


_SPEC = '\n "spec": '  # as `to_json` begins it; a text within a record holds no line end


def _spec_within(text: str) -> Any:
    """What a study asked for, without reading its runs, which are most of the record and stand before it."""
    _, found, rest = text.rpartition(_SPEC)
    return json.JSONDecoder().raw_decode(rest)[0] if found else json.loads(text)["spec"]
