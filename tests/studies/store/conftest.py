"""Runs to put into a store, and stores with known content."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from classlab.records import Arm, Opening, StudyRecord, StudySpec, identity
from classlab.studies.runs.run_folder import StoredRun
from classlab.studies.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from classlab.studies.runs.run import Run


@pytest.fixture(scope="session")
def stored(trained: Run) -> Callable[..., StoredRun]:
    """Makes a run of its own identity: `spec` and `record` take the fields that differ."""

    def make(seed: int = 0, *, spec: dict[str, object] | None = None, **record: object) -> StoredRun:
        chosen = replace(trained.record.spec, seed=seed, **(spec or {}))
        changed = replace(trained.record, spec=chosen, identity=identity(chosen), **record)
        return StoredRun(
            record=changed, weights=trained.weights, predictions=trained.predictions, border=trained.border
        )

    return make


@pytest.fixture(scope="session")
def opening() -> Callable[..., Opening]:
    def make(number: int = 0, *, digest: str = "d1", runs: int = 3) -> Opening:
        time = f"2026-03-0{number + 1}T10:00:00+00:00"
        return Opening(time=time, dataset="digits", digest=digest, study="rates", purpose="study", runs=runs)

    return make


@pytest.fixture(scope="session")
def study() -> Callable[..., StudyRecord]:
    def make(runs: Sequence[StoredRun], *, name: str = "rates") -> StudyRecord:
        records = tuple(run.record for run in runs)
        arm = Arm(name="adam", settings={"optimizer": "adam"}, spec=records[0].spec)
        spec = StudySpec(name=name, arms=(arm,), seeds=tuple(record.spec.seed for record in records))
        return StudyRecord(spec=spec, runs=records, created="2026-03-01T10:00:00+00:00", command="", seconds=1.0)

    return make


@pytest.fixture
def three(stored) -> list[StoredRun]:
    return [stored(seed) for seed in range(3)]


@pytest.fixture
def folder(tmp_path: Path, three, opening, study) -> Path:
    """A store of three runs, their study and one opening."""
    place = tmp_path / "store"
    with open_store(place, write=True) as store:
        store.add(three, opening=opening())
        store.save_study(study(three))
    return place
