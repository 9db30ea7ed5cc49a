from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from classlab.datasets import Dataset
from classlab.errors import RecordError, SpecError, StorageError
from classlab.models.keras_runtime import keras as load_keras
from classlab.records import StudyRecord, from_json, identity, to_json
from classlab.studies.asked.built_study import BuiltStudy, build_study
from classlab.studies.asked.study_file import draft_from_python
from classlab.studies.fit import fit
from classlab.studies.runs.run_folder import read_run
from classlab.studies.runs.training_folder import CHECKPOINT_FILE
from classlab.studies.store import open_store
from classlab.studies.work.memory_store import MemoryStore
from classlab.studies.work.plan import plan_runs
from classlab.studies.work.sweep import fresh_seeds, missing, run_study
from classlab.training import train_population

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def study(digits: Dataset, *arms: dict, seeds=2, name="s", **options) -> BuiltStudy:
    chosen = {"model": "linear", "epochs": 2, **options}
    draft = draft_from_python(name, data=digits, arms=arms, settings={"seeds": seeds}, options=chosen)
    return build_study(draft, digits)


def run(built: BuiltStudy, digits: Dataset, store, **options) -> StudyRecord:
    return run_study(
        built.spec, digits, store=store, initial=built.initial, notes=built.notes, now=NOW, command="c", **options
    )


def lasting(record: StudyRecord) -> StudyRecord:
    """A record without the times that training took."""
    runs = tuple(replace(each, seconds=0.0) for each in record.runs)
    confirmation = tuple(replace(each, seconds=0.0) for each in record.confirmation)
    return replace(record, runs=runs, confirmation=confirmation, seconds=0.0)


class Counting:
    """The engine, counting what it is given; it may fail or be interrupted on the way."""

    def __init__(self, *, fail=lambda _: None) -> None:
        self.trained: list[str] = []
        self._fail = fail

    def __call__(self, specs, *rest, **options):
        problem = self._fail(specs)
        if problem is not None:
            raise problem
        self.trained += [identity(spec) for spec in specs]
        return train_population(specs, *rest, **options)


@pytest.fixture
def engine(monkeypatch):
    def install(**options) -> Counting:
        counting = Counting(**options)
        monkeypatch.setattr("classlab.training.train_population", counting)
        return counting

    return install


def test_a_study_has_its_runs_arm_by_arm_and_seed_by_seed(digits):
    built = study(digits, learning_rate=[0.01, 0.001], batch_size=[32, 64], seeds=[4, 2])
    record = run(built, digits, MemoryStore())
    wanted = [(arm.spec.optimizer, arm.spec.batch_size, seed) for arm in built.spec.arms for seed in (4, 2)]
    assert [(each.spec.optimizer, each.spec.batch_size, each.spec.seed) for each in record.runs] == wanted
    assert [each.state for each in record.runs] == ["finished"] * 8
    assert record.runs_of(1)[0].spec == built.spec.arms[1].run_spec(4)
    assert (record.created, record.command) == ("2030-01-02T03:04:05+00:00", "c")


def test_a_run_of_a_study_is_the_run_that_is_trained_alone(digits):
    record = run(study(digits, optimizer=["sgd", "adam"], seeds=[3]), digits, MemoryStore())
    alone = fit(digits, "linear", epochs=2, optimizer="adam", seed=3).record
    together = record.runs[1]
    assert together.identity == alone.identity
    for split in ("training", "fitted", "validation", "test"):
        ours, theirs = getattr(together, split), getattr(alone, split)
        assert ours.accuracy == theirs.accuracy
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-6)


def test_the_ledger_counts_one_opening_per_population(digits):
    record = run(study(digits, batch_size=[32, 64]), digits, MemoryStore(), confirm=2)
    assert [(each.purpose, each.runs, each.study, each.dataset) for each in record.openings] == [
        ("study", 2, "s", "digits"),
        ("study", 2, "s", "digits"),
        ("confirmation", 2, "s", "digits"),
        ("confirmation", 2, "s", "digits"),
    ]
    assert {each.digest for each in record.openings} == {digits.digest}


def test_nothing_is_trained_twice(digits, tmp_path, engine):
    counting = engine()
    built = study(digits, learning_rate=[0.01, 0.001])
    with open_store(tmp_path, write=True) as store:
        first = run(built, digits, store)
        second = run(built, digits, store)
        assert len(counting.trained) == 4
        assert lasting(second) == lasting(first)
        assert second.seconds == 0.0
        assert store.study("s") == second
        run(built, digits, store, again=True)
        assert len(counting.trained) == 8


def test_another_study_shares_the_runs_that_it_has_in_common(digits, engine):
    counting, store = engine(), MemoryStore()
    run(study(digits, learning_rate=[0.01, 0.001]), digits, store)
    wider = run(study(digits, learning_rate=[0.1, 0.01, 0.001], name="t"), digits, store)
    assert len(counting.trained) == len(set(counting.trained)) == 6
    assert len(wider.runs) == 6


def test_one_configuration_under_two_names_is_trained_once_and_said(digits, engine):
    counting = engine()
    record = run(study(digits, {"name": "a"}, {"name": "b", "optimizer": "adam"}), digits, MemoryStore())
    assert len(counting.trained) == 2
    assert record.runs_of(0) == record.runs_of(1)
    assert "'a' and 'b' are one and the same configuration" in record.notices[0]


def test_a_study_that_was_interrupted_ends_as_if_it_had_not_been(digits, tmp_path, engine):
    built = study(digits, learning_rate=[0.01, 0.001], batch_size=[32, 64])
    whole = run(built, digits, MemoryStore())
    stopping = engine(fail=lambda specs: KeyboardInterrupt() if specs[0].batch_size == 64 else None)
    with open_store(tmp_path, write=True) as store:
        with pytest.raises(KeyboardInterrupt):
            run(built, digits, store)
        assert len(stopping.trained) == len(store.runs()) == 4
    going_on = engine()
    with open_store(tmp_path, write=True) as store:
        assert lasting(run(built, digits, store)) == lasting(whole)
    assert not set(going_on.trained) & set(stopping.trained)


class _Stop:
    """Stops after an epoch, when its checkpoint is on disk."""

    def study_moved(self, report) -> None:
        if report.epoch == 1:
            raise KeyboardInterrupt


def test_a_population_goes_on_from_its_last_epoch(digits, tmp_path):
    built = study(digits, learning_rate=[0.01, 0.001], epochs=3)
    (population,) = plan_runs(built.spec.arms, built.spec.seeds)
    with open_store(tmp_path, write=True) as store:
        with pytest.raises(KeyboardInterrupt):
            run(built, digits, store, observer=_Stop())
        assert (store.work_folder(population.key) / CHECKPOINT_FILE).is_file()
        epochs: list[int] = []
        observer = type("Watch", (), {"study_moved": lambda _, report: epochs.append(report.epoch)})()
        record = run(built, digits, store, observer=observer)
        assert epochs == [0, 2, 3, 3]  # the first epoch was not trained again
        assert not (tmp_path / "work" / population.key).exists()
    assert lasting(record) == lasting(run(built, digits, MemoryStore()))


def test_a_damaged_checkpoint_is_thrown_away(digits, tmp_path):
    built = study(digits, learning_rate=[0.01, 0.001])
    (population,) = plan_runs(built.spec.arms, built.spec.seeds)
    with open_store(tmp_path, write=True) as store:
        (store.work_folder(population.key) / CHECKPOINT_FILE).write_bytes(b"torn")
        record = run(built, digits, store)
    assert lasting(record) == lasting(run(built, digits, MemoryStore()))


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (MemoryError("no room"), "MemoryError: no room"),
        (RuntimeError("two\nlines"), "RuntimeError: two lines"),
        (SpecError("A whole sentence."), "A whole sentence."),
        (ValueError(), "ValueError"),
    ],
)
def test_one_bad_run_ends_neither_the_study_nor_its_neighbours(digits, tmp_path, engine, problem, reason):
    built = study(digits, learning_rate=[0.01, 0.5])

    def fail(specs):
        return problem if any(spec.optimizer.learning_rate == 0.5 and spec.seed == 1 for spec in specs) else None

    engine(fail=fail)
    with open_store(tmp_path, write=True) as store:
        record = run(built, digits, store)
        assert [each.state for each in record.runs] == ["finished", "finished", "finished", "failed"]
        bad = record.runs[3]
        assert {each.notes[-1][:43] for each in record.runs[:3]} == {"The population of this run could not be tra"}
        assert (bad.reason, bad.epochs_done, bad.test, bad.history) == (reason, 0, None, {})
        assert store.record(bad.identity) == bad
        assert read_run(store.folder(bad.identity)).weights == {}
        assert record.openings[0].runs == 3


def test_a_failed_run_is_tried_again(digits, engine):
    built, store = study(digits), MemoryStore()
    engine(fail=lambda _: MemoryError())
    assert {each.state for each in run(built, digits, store).runs} == {"failed"}
    assert [len(population.specs) for population in missing(plan_runs(built.spec.arms, (0, 1)), store)] == [2]
    engine()
    assert {each.state for each in run(built, digits, store).runs} == {"finished"}


def test_a_disk_that_refuses_ends_the_study(digits, engine):
    engine(fail=lambda _: StorageError("The disk is full."))
    with pytest.raises(StorageError, match=r"The disk is full\."):
        run(study(digits), digits, MemoryStore())


def test_a_run_that_diverges_is_data(digits):
    record = run(study(digits, model="mlp", optimizer="sgd", learning_rate=[0.1, 1e30]), digits, MemoryStore())
    assert [each.state for each in record.runs] == ["finished", "finished", "diverged", "diverged"]


def test_the_first_two_arms_are_confirmed_on_fresh_seeds(digits):
    built = study(digits, learning_rate=[0.0001, 0.01, 0.1], seeds=[1, 5])
    record = run(built, digits, MemoryStore(), confirm=3)
    means = [np.mean([each.validation.accuracy for each in record.runs_of(arm)]) for arm in range(3)]
    order = sorted(range(3), key=lambda arm: -means[arm])
    wanted = [built.spec.arms[arm].run_spec(seed) for arm in order[:2] for seed in (6, 7, 8)]
    assert [each.spec for each in record.confirmation] == wanted
    assert fresh_seeds(built.spec, 3) == (6, 7, 8)


def test_the_rival_is_confirmed_though_a_steadier_arm_comes_between(digits, monkeypatch):
    """The first is told from the next arm, and not from the one after it: that is the one to look at again."""
    from classlab.studies.work import sweep
    from classlab.studies.work.sweep import _finalists

    built = study(digits, learning_rate=[0.001, 0.01, 0.1], seeds=[1, 5])
    record = run(built, digits, MemoryStore())
    judged = sweep.judge_study(record)
    first, second, third = judged.ranking.order
    ranking = replace(judged.ranking, candidates=(first, third))
    monkeypatch.setattr(sweep, "judge_study", lambda _: replace(judged, ranking=ranking))
    assert _finalists(built.spec, record.runs, command="") == [built.spec.arms[first], built.spec.arms[third]]
    monkeypatch.setattr(sweep, "judge_study", lambda _: replace(judged, ranking=replace(ranking, candidates=(first,))))
    assert _finalists(built.spec, record.runs, command="") == [built.spec.arms[first], built.spec.arms[second]]


def test_two_names_of_one_configuration_are_not_confirmed_against_each_other(digits):
    arms = ({"name": "a", "learning_rate": 0.1}, {"name": "b", "learning_rate": 0.1}, {"name": "c", "epochs": 1})
    record = run(study(digits, *arms), digits, MemoryStore(), confirm=2)
    assert [each.spec.epochs for each in record.confirmation] == [2, 2, 1, 1]


def test_a_confirmation_stays_when_the_study_is_run_again_without_one(digits, tmp_path, engine):
    counting, built = engine(), study(digits, learning_rate=[0.0001, 0.1])
    with open_store(tmp_path, write=True) as store:
        first = run(built, digits, store, confirm=3)
        trained = len(counting.trained)
        second = run(built, digits, store)
        assert lasting(second) == lasting(first)
        assert len(second.confirmation) == 6
        assert store.study("s") == second
        assert len(run(built, digits, store, confirm=2).confirmation) == 4  # what is asked for now counts
    assert len(counting.trained) == trained == 10


def test_a_confirmation_of_the_study_as_it_was_is_left_out_and_said(digits, tmp_path):
    built = study(digits, learning_rate=[0.0001, 0.1])
    with open_store(tmp_path, write=True) as store:
        run(built, digits, store, confirm=3)
        grown = run(study(digits, learning_rate=[0.0001, 0.1], seeds=3), digits, store)
        assert grown.confirmation == ()
        assert grown.notices == (
            "An earlier confirmation on 3 fresh seeds belonged to this study as it was then, and is left out. Confirm "
            "anew with --confirm 3.",
        )
        assert store.study("s") == grown


def test_a_confirmation_of_another_first_arm_is_left_out(digits, tmp_path):
    with open_store(tmp_path, write=True) as store:
        run(study(digits, learning_rate=[0.0001, 0.001]), digits, store, confirm=2)
        wider = run(study(digits, learning_rate=[0.0001, 0.001, 0.1]), digits, store)
    assert wider.confirmation == ()
    assert [notice.split(" on ")[0] for notice in wider.notices] == ["An earlier confirmation"]  # no arm was lost


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ([0.5], "3 other arms"),
        ([0.1, 0.01, 0.5], "3 arms, 1 of which is not in this one"),
        ([0.1, 0.5], "3 arms, 2 of which are not in this one"),
    ],
)
def test_a_study_of_other_arms_that_loses_its_name_is_said(digits, tmp_path, rates, words):
    with open_store(tmp_path, write=True) as store:
        first = run(study(digits, learning_rate=[0.1, 0.01, 0.001]), digits, store)
        second = run(study(digits, learning_rate=rates), digits, store)
        assert second.notices == (
            f"The store had a study 's' with {words}; this study takes its place, and the runs of the earlier one are "
            "kept.",
        )
        assert all(store.record(each.identity) == each for each in first.runs)
        assert run(study(digits, learning_rate=rates, seeds=3), digits, store).notices == ()


@pytest.mark.parametrize("confirm", [-1, 1])
def test_a_confirmation_needs_two_seeds(digits, confirm):
    with pytest.raises(SpecError) as refused:
        run(study(digits), digits, MemoryStore(), confirm=confirm)
    assert str(refused.value) == (
        f"`confirm` must be at least 2 fresh seeds, or 0 for none, but got confirm={confirm}. 5 are usual."
    )


def test_given_weights_are_what_an_arm_starts_from(digits):
    keras = load_keras()
    layers = keras.layers
    model = keras.Sequential([layers.Input((8, 8, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])
    built = study(digits, model=model, optimizer="sgd", start="given")
    record = run(built, digits, MemoryStore())
    alone = fit(digits, model, optimizer="sgd", epochs=2).record
    assert record.runs[0].identity == alone.identity
    assert record.runs[0].validation.loss == pytest.approx(alone.validation.loss, rel=1e-6)
    with pytest.raises(SpecError) as refused:
        run_study(built.spec, digits, store=MemoryStore())
    assert str(refused.value) == (
        f"the arm {built.spec.arms[0].name!r} must come with the weights it starts from, but they were not given. "
        "Pass them as `initial`, by their digest."
    )


def test_a_study_of_other_images_is_refused(digits):
    built = study(digits)
    other = replace(digits, digest="0" * 64)
    with pytest.raises(SpecError) as refused:
        run(built, other, MemoryStore())
    assert str(refused.value) == (
        "the arm 'linear' must be planned for the images it is trained on, but it is planned for other images than "
        "those of digits. Build the study with this dataset."
    )


def test_a_record_makes_the_trip_to_json_and_back(digits):
    record = run(study(digits, seeds=1, optimizer=["sgd", "adam"]), digits, MemoryStore())
    assert from_json(StudyRecord, to_json(record), where="study") == record


def test_a_record_error_without_a_checkpoint_is_a_failure_like_any_other(digits, engine, tmp_path):
    engine(fail=lambda _: RecordError("Odd."))
    with open_store(tmp_path, write=True) as store:
        assert {each.reason for each in run(study(digits), digits, store).runs} == {"Odd."}
