"""Which study and which of its arms a stored run belongs to."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classlab.records import StudySpec, identity
from classlab.records.codec import from_plain
from classlab.studies.store.run_filter import bindable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from classlab.records import RunRecord


@dataclass(frozen=True, kw_only=True)
class Membership:
    """Where a run belongs.

    Args:
        study: the study's name.
        arm: the name of the run's arm in it.
    """

    study: str
    arm: str


def read_memberships(
    connection: sqlite3.Connection, records: Sequence[RunRecord], *, study: str | None = None
) -> dict[str, Membership]:
    """The study and arm of each run, by its identity; runs of no study are left out.

    A run may belong to several studies: the newest one counts. Within it the first arm counts that has this
    configuration.

    Args:
        connection: the database.
        records: the runs.
        study: look at this study alone.
    """
    rows = connection.execute(
        "SELECT studies.name, study_runs.identity FROM studies JOIN study_runs ON studies.name = study_runs.study "
        "WHERE ? IS NULL OR studies.name = ? ORDER BY studies.created DESC, studies.name",
        (bindable(study), bindable(study)),
    )
    wanted = {record.identity for record in records}
    homes: dict[str, str] = {}
    for name, run in rows:
        if run in wanted:
            homes.setdefault(run, name)
    arms = {name: _arms(connection, name) for name in dict.fromkeys(homes.values())}
    found = {}
    for record in records:
        home = homes.get(record.identity)
        arm = None if home is None else arms[home].get(identity(replace(record.spec, seed=0)))
        if home is not None and arm is not None:
            found[record.identity] = Membership(study=home, arm=arm)
    return found


def _arms(connection: sqlite3.Connection, study: str) -> dict[str, str]:
    """The names of a study's arms, by the identity of their run with the seed 0."""
    (text,) = connection.execute("SELECT record FROM studies WHERE name = ?", (study,)).fetchone()
    spec = from_plain(StudySpec, json.loads(text)["spec"])  # without its runs, which are most of the record
    names: dict[str, str] = {}
    for arm in spec.arms:
        names.setdefault(identity(arm.run_spec(0)), arm.name)
    return names
