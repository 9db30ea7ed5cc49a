"""Which study and arm a stored run is listed under."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.records import Arm, StudyRecord, StudySpec
from classlab.records.optimizers import SGD
from classlab.studies.store import open_store
from classlab.studies.store.study_rows import Membership


@pytest.fixture
def runs(stored):
    """Two arms of two seeds, two runs of a confirmation, one run of no study."""
    sgd = {"optimizer": SGD(learning_rate=0.1)}
    return [stored(0), stored(1), stored(0, spec=sgd), stored(1, spec=sgd), stored(7), stored(8), stored(9)]


def record_of(name: str, created: str, arms: dict[str, object], seeds, runs, confirmation=()) -> StudyRecord:
    spec = StudySpec(
        name=name,
        seeds=seeds,
        arms=tuple(Arm(name=arm, settings={}, spec=run.record.spec) for arm, run in arms.items()),
    )
    return StudyRecord(
        spec=spec,
        runs=tuple(run.record for run in runs),
        confirmation=tuple(run.record for run in confirmation),
        created=created,
        command="",
        seconds=1.0,
    )


@pytest.fixture
def store(tmp_path, runs):
    with open_store(tmp_path, write=True) as opened:
        opened.add(runs, opening=None)
        arms = {"adam": runs[0], "sgd": runs[2]}
        opened.save_study(record_of("old", "2026-01-01", arms, (0, 1), runs[:4], runs[4:6]))
        # The same configuration twice under other names, with one of the runs.
        arms = {"first": replace(runs[0], record=runs[1].record), "second": runs[0]}
        opened.save_study(record_of("new", "2026-02-01", arms, (0,), [runs[0], runs[0]]))
        yield opened


def test_the_newest_study_counts_and_in_it_the_first_arm_of_the_configuration(store, runs):
    records = [run.record for run in runs]
    found = store.memberships(records)
    assert [found.get(record.identity) for record in records] == [
        Membership(study="new", arm="first"),
        Membership(study="old", arm="adam"),
        Membership(study="old", arm="sgd"),
        Membership(study="old", arm="sgd"),
        Membership(study="old", arm="adam"),
        Membership(study="old", arm="adam"),
        None,
    ]


def test_a_study_that_is_asked_for_counts_alone(store, runs):
    records = [run.record for run in runs]
    found = store.memberships(records, study="old")
    assert found[records[0].identity] == Membership(study="old", arm="adam")
    assert len(found) == 6
    assert store.memberships(records, study="none") == store.memberships([]) == {}
