"""Which study and arm a stored run is listed under."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest

from classlab.errors import RecordError, SpecError, StorageError
from classlab.records import Arm, Figures, StudyRecord, StudySpec
from classlab.records.optimizers import SGD
from classlab.studies.store import RunFilter, StudyEntry, open_store
from classlab.studies.store.study_rows import Membership


def test_runs_come_back_as_they_were(folder, three):
    with open_store(folder, write=False) as store:
        for run in three:
            assert store.record(run.record.identity) == run.record
            back = store.run(run.record.identity)
            assert back.record == run.record
            assert back.folder == store.folder(run.record.identity) == folder / "runs" / run.record.identity
            for name, array in run.weights.items():
                np.testing.assert_array_equal(back.weights[name], array)
            np.testing.assert_array_equal(back.predictions.probabilities, run.predictions.probabilities)


def test_an_unknown_run_has_no_record(folder):
    with open_store(folder, write=False) as store:
        assert store.record("0" * 16) is None


@pytest.mark.parametrize("call", ["run", "folder", "find"])
def test_an_unknown_run_is_named(folder, call):
    with open_store(folder, write=False) as store, pytest.raises(StorageError) as refusal:
        getattr(store, call)("ffffffff")
    assert str(refusal.value) == (
        f"{folder} must hold the run 'ffffffff', but it does not. List its runs with `classlab runs`."
    )


def test_a_study_comes_back_as_it_was(folder, three, study):
    with open_store(folder, write=False) as store:
        assert store.study("rates") == study(three)
        assert store.studies() == [
            StudyEntry(
                name="rates",
                finished=True,
                created="2026-03-01T10:00:00+00:00",
                question="",
                arms=1,
                seeds=3,
                runs=3,
            )
        ]


def test_a_study_grows_under_its_name(folder, three, study, stored):
    with open_store(folder, write=True) as store:
        store.save_study(study([stored(7)], name="new"), unfinished=True)
        assert [(entry.name, entry.finished) for entry in store.studies()] == [("new", False), ("rates", True)]
        store.save_study(study(three, name="new"))
        assert store.study("new") == study(three, name="new")
        assert [entry.finished for entry in store.studies()] == [True, True]


def test_an_unknown_study_is_answered_with_the_nearest_name(folder):
    with open_store(folder, write=False) as store:
        with pytest.raises(StorageError) as refusal:
            store.study("rate")
        assert str(refusal.value) == f"{folder} must hold the study 'rate', but it does not. Did you mean 'rates'?"
        with pytest.raises(StorageError) as refusal:
            store.study("zzz")
        assert str(refusal.value) == (
            f"{folder} must hold the study 'zzz', but it does not. List its studies with `classlab runs studies`."
        )


def test_names_of_any_kind_are_only_names(folder, three, study):
    names = ["../../x", "a/b", "'; DROP TABLE runs; --", "\x00", "é" * 300, ""]
    with open_store(folder, write=True) as store:
        for name in names:
            store.save_study(study(three, name=name))
    with open_store(folder, write=False) as store:
        assert {entry.name for entry in store.studies()} == {"rates", *names}
        assert [store.study(name).spec.name for name in names] == names
        assert len(store.runs()) == 3
    assert not (folder.parent / "x").exists()


def test_openings_add_up_by_dataset(folder, opening):
    with open_store(folder, write=True) as store:
        store.add([], opening=opening(1))
        store.add([], opening=opening(2, digest="other"))
        assert store.openings("d1") == (opening(0), opening(1))
        assert store.openings() == (opening(0), opening(1), opening(2, digest="other"))
        assert store.openings("unknown") == ()


def test_the_ledger_cannot_be_shortened_or_changed(folder):
    connection = sqlite3.connect(folder / "store.sqlite")
    for statement in ("DELETE FROM openings", "UPDATE openings SET runs = 0"):
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            connection.execute(statement)
    connection.close()


@pytest.fixture
def varied(tmp_path, stored):
    """Runs that differ in everything that can be asked for."""

    def figures(accuracy, loss=0.5):
        return {"validation": Figures(images=100, loss=loss, accuracy=accuracy)}

    runs = [
        stored(0, created="2026-01-01T00:00:00+00:00", **figures(0.9, float("nan"))),
        stored(1, created="2026-01-02T00:00:00+00:00", state="diverged", epochs_done=0, validation=None, test=None),
        stored(
            2, created="2026-01-03T00:00:00+00:00", spec={"optimizer": SGD(learning_rate=0.1)}, **figures(0.95, 0.1)
        ),
        stored(
            3, created="2026-01-04T00:00:00+00:00", spec={"epochs": 7, "batch_size": 32}, epochs_done=7, **figures(0.8)
        ),
    ]
    with open_store(tmp_path / "varied", write=True) as store:
        store.add(runs, opening=None)
    return tmp_path / "varied"


@pytest.mark.parametrize(
    ("filters", "seeds"),
    [
        ({}, [3, 2, 1, 0]),
        ({"state": "diverged"}, [1]),
        ({"optimizer": "sgd"}, [2]),
        ({"learning_rate": 0.1}, [2]),
        ({"learning_rate": 0.001, "state": "finished"}, [3, 0]),
        ({"seed": 3}, [3]),
        ({"epochs": 7}, [3]),
        ({"batch_size": 32}, [3]),
        ({"data": "digits", "model": "linear"}, [3, 2, 1, 0]),
        ({"data": "mnist"}, []),
        ({"model": "' OR 1=1 --"}, []),
        ({"model": "\udcff"}, []),
        ({"min_accuracy": 0.9}, [2, 0]),
        ({"max_loss": 0.2}, [2]),
        ({"sort": "accuracy"}, [2, 0, 3, 1]),
        ({"sort": "loss", "limit": 2}, [2, 3]),
        ({"sort": "seed", "limit": 1}, [0]),
        ({"study": "none"}, []),
    ],
)
def test_runs_are_filtered_and_sorted(varied, filters, seeds):
    with open_store(varied, write=False) as store:
        assert [record.spec.seed for record in store.runs(**filters)] == seeds


@pytest.mark.parametrize("filters", [{}, {"state": "diverged"}, {"sort": "accuracy", "limit": 3}, {"skip": 1}])
def test_lines_say_what_the_records_say(varied, filters):
    with open_store(varied, write=False) as store:
        lines, records = store.lines(**filters), store.runs(**filters)
        assert [vars_of(line) for line in lines] == [
            {
                "identity": record.identity,
                "created": record.created,
                "data": record.spec.data.name,
                "model": record.spec.architecture.name,
                "optimizer": record.spec.optimizer.kind,
                "learning_rate": record.spec.optimizer.learning_rate,
                "seed": record.spec.seed,
                "epochs_done": record.epochs_done,
                "epochs": record.spec.epochs,
                "state": record.state,
                "validation_accuracy": record.validation and record.validation.accuracy,
                "test_accuracy": record.test and record.test.accuracy,
            }
            for record in records
        ]


def vars_of(line) -> dict[str, object]:
    return {field.name: getattr(line, field.name) for field in fields(line)}


@pytest.mark.parametrize(
    ("filters", "count", "seeds"),
    [
        ({"limit": 2}, 4, [3, 2]),
        ({"limit": 2, "skip": 2}, 4, [1, 0]),
        ({"skip": 3}, 4, [0]),
        ({"skip": 9}, 4, []),
        ({"learning_rate": 0.001, "limit": 1, "skip": 1}, 3, [1]),
    ],
)
def test_pages_follow_each_other_and_the_count_is_of_all(varied, filters, count, seeds):
    with open_store(varied, write=False) as store:
        assert store.count(**filters) == count
        assert [record.spec.seed for record in store.each_run(**filters)] == seeds


@pytest.mark.parametrize("sort", ["test_accuracy", "test_loss", "data", "model", "optimizer", "learning_rate", "state",
                                  "seconds", "created"])  # fmt: skip
def test_every_order_keeps_every_run(varied, sort):
    with open_store(varied, write=False) as store:
        assert len(store.runs(sort=sort)) == 4


def test_runs_of_a_study_are_found(folder, stored, study):
    with open_store(folder, write=True) as store:
        store.add([stored(9)], opening=None)
        confirmed = replace(study([stored(0)], name="confirmed"), confirmation=(stored(9).record,))
        store.save_study(confirmed)
        assert [record.spec.seed for record in store.runs(study="rates", sort="seed")] == [0, 1, 2]
        assert [record.spec.seed for record in store.runs(study="confirmed", sort="seed")] == [0, 9]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ({"limit": 0}, "`limit` must be at least 1, but got limit=0. Leave it out for all runs."),
        ({"skip": -1}, "`skip` must be at least 0, but got skip=-1. Leave it out for the first runs."),
        (
            {"sort": "beauty"},
            "`sort` must be one of created, accuracy, loss, test_accuracy, test_loss, data, model, optimizer, "
            "learning_rate, seed, state, seconds, but got sort='beauty'. Choose one.",
        ),
    ],
)
def test_an_impossible_filter_is_refused(option, sentence):
    with pytest.raises(SpecError) as refusal:
        RunFilter(**option)
    assert str(refusal.value) == sentence


def test_the_beginning_of_an_identity_is_enough(folder, three):
    known = [run.record.identity for run in three]
    with open_store(folder, write=False) as store:
        for each in known:
            assert store.find(each[:12]) == store.find(each) == each


def test_an_ambiguous_beginning_is_refused(folder, stored):
    first = stored(5)
    twins = [replace(first, record=replace(first.record, identity=f"abcdef0{digit}")) for digit in (1, 2)]
    with open_store(folder, write=True) as store:
        store.add(twins, opening=None)
        with pytest.raises(SpecError) as refusal:
            store.find("abcdef")
    assert str(refusal.value) == (
        "a run's identity must be given so far that it is the only one, but 'abcdef' begins 2 of them, abcdef01 and "
        "abcdef02 among them. Give more of it."
    )


def test_a_run_trained_again_takes_the_place_of_the_old_one(folder, three):
    old = three[0].record
    for created in ("2027-01-01T00:00:00+00:00", "2027-01-02T00:00:00+00:00"):
        again = replace(three[0], record=replace(old, created=created))
        with open_store(folder, write=True) as store:
            store.add([again], opening=None)
            assert store.run(old.identity).record.created == created
            assert len(store.runs()) == 3
        assert len(list((folder / "runs").iterdir())) == 3


def test_removed_runs_are_gone_and_the_rest_stays(folder, three, opening, study):
    with open_store(folder, write=True) as store:
        assert store.remove([three[0].record.identity, "0" * 16]) == 1
    with open_store(folder, write=False) as store:
        assert store.record(three[0].record.identity) is None
        assert len(store.runs()) == 2
        assert store.openings() == (opening(),)
        assert store.study("rates") == study(three)
    assert not (folder / "runs" / three[0].record.identity).exists()


def test_an_identity_cannot_lead_out_of_the_store(folder, three):
    bad = replace(three[0], record=replace(three[0].record, identity="../../x"))
    with open_store(folder, write=True) as store, pytest.raises(RecordError) as refusal:
        store.add([bad], opening=None)
    assert str(refusal.value) == (
        "a run's identity must be 8 to 64 hexadecimal digits, but got identity='../../x'. Train the run again."
    )


def test_work_folders_are_made_and_removed(folder):
    with open_store(folder, write=True) as store:
        place = store.work_folder("abc123")
        assert place == folder / "work" / "abc123"
        (place / "checkpoint.safetensors").write_bytes(b"x")
        assert store.work_folder("abc123") == place
        store.remove_work("abc123")
        store.remove_work("abc123")
        assert not place.exists()


@pytest.mark.parametrize("key", ["", "..", "a/b", "-x", "x" * 101])
def test_a_work_folder_stays_within_the_store(folder, key):
    with open_store(folder, write=True) as store, pytest.raises(SpecError) as refusal:
        store.work_folder(key)
    assert str(refusal.value) == (
        "a work folder's key must be 1 to 100 letters, digits, dots, dashes or underscores and not start with a dot "
        f"or dash, but got key={key!r}. Use a digest."
    )


def test_a_store_opened_for_reading_is_not_changed(folder, three, study):
    with open_store(folder, write=False) as store:
        for change in (
            lambda: store.add(three, opening=None),
            lambda: store.remove([]),
            lambda: store.save_study(study(three)),
            lambda: store.work_folder("a"),
            lambda: store.remove_work("a"),
        ):
            with pytest.raises(SpecError) as refusal:
                change()
            assert str(refusal.value) == (
                f"the store {folder} must be opened for writing to be changed, but it was opened with write=False. "
                "Use `open_store(folder, write=True)`."
            )


def test_reading_makes_nothing(tmp_path):
    with pytest.raises(StorageError) as refusal, open_store(tmp_path / "none", write=False):
        pass
    assert str(refusal.value) == (
        f"{tmp_path / 'none'} must be a store, but it holds no store.sqlite. "
        "Give its folder with --store, or train into it first with `classlab sweep`."
    )
    assert list(tmp_path.iterdir()) == []


def test_odd_folder_names_are_no_uris(tmp_path, three):
    place = tmp_path / "a b?mode=rw#%41é"
    with open_store(place, write=True) as store:
        store.add(three, opening=None)
    with open_store(place, write=False) as store:
        assert len(store.runs()) == 3


def test_files_of_another_training_are_not_passed_off(folder, three):
    from classlab.studies.runs.run_folder import write_run

    identity = three[0].record.identity
    write_run(folder / "runs" / identity, replace(three[0], record=replace(three[0].record, seconds=99.0)))
    with open_store(folder, write=False) as store, pytest.raises(RecordError) as refusal:
        store.run(identity)
    assert str(refusal.value) == (
        f"{folder / 'runs' / identity} must hold the run that store.sqlite has on record, but it holds another "
        f"training of it. Make the database anew with `classlab runs --rebuild --store {folder}`."
    )


def test_a_reader_is_not_in_the_way_of_the_writer(folder, stored):
    with open_store(folder, write=True) as writer, open_store(folder, write=False) as reader:
        before = reader.runs()
        writer.add([stored(11)], opening=None)
        assert len(reader.runs()) == len(before) + 1


def test_other_programs_read_the_database(folder):
    """The sqlite3 module of another interpreter, knowing nothing of classlab, sees the same table."""
    script = "import sqlite3,sys;print(sqlite3.connect(sys.argv[1]).execute('select count(*) from runs').fetchone())"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(folder / "store.sqlite")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "(3,)\n"


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


def test_an_error_before_anything_is_stored_leaves_no_store(tmp_path):
    with pytest.raises(SpecError), open_store(tmp_path / "new", write=True):
        raise SpecError("no.")
    assert not (tmp_path / "new").exists()


def test_an_error_leaves_a_store_with_runs_as_it_is(folder):
    before = sorted(folder.rglob("*"))
    with pytest.raises(SpecError), open_store(folder, write=True):
        raise SpecError("no.")
    assert sorted(folder.rglob("*")) == before
