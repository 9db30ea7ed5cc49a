"""A search from its space to the finalists' study, on small data."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from classlab.errors import MissingExtraError, SpecError, StorageError
from classlab.search.find import find_network
from classlab.search.search import Search, front_of
from classlab.search.search_file import checked_search
from classlab.search.search_result import SearchResult
from classlab.search.search_store import earlier_search, read_search_record
from classlab.studies.asked.assignment import load_data
from classlab.studies.store import open_store
from classlab.studies.work.memory_store import MemoryStore

DOCUMENT = {
    "name": "small",
    "data": "digits",
    "model": "mlp",
    "layers": {"low": 1, "high": 2},
    "units": {"low": 8, "high": 32},
    "learning_rate": {"low": 0.0001, "high": 0.1},
    "optimizer": ["adam", "sgd"],
    "momentum": [0.0, 0.9],
    "limit": 400,
    "epochs": 3,
    "runs": 30,
    "seeds": 2,
    "finalists": 2,
}


@pytest.fixture(scope="module")
def digits():
    return load_data("digits")


def search_for(digits, *, store=None, folder=None, again=False, **changes):
    document = {name: value for name, value in {**DOCUMENT, **changes}.items() if value is not None}
    draft = checked_search(document, place="small.toml")
    return Search(draft=draft, dataset=digits, store=store or MemoryStore(), folder=folder, again=again)


def found(record):
    return [(each.drawn, each.history, each.state) for each in record.candidates]


@pytest.fixture(scope="module")
def straight(digits):
    """A search that nothing disturbed."""
    return search_for(digits).search()


def test_candidates_leave_at_rungs_and_the_best_are_trained_whole(straight):
    assert straight.end == "budget"
    assert len(straight.candidates) == 30
    assert [each.number for each in straight.candidates] == list(range(30))
    states = {each.state: each.epochs for each in straight.candidates}
    assert states == {"stopped_at_rung": 1, "finished": 3}
    first = [each for each in straight.candidates if each.population == 0]
    third = sorted((each.figure("val_accuracy", 1) for each in first), reverse=True)[len(first) // 3 - 1]
    for each in first:
        assert (each.state == "finished") == (each.figure("val_accuracy", 1) >= third)


def test_candidates_of_a_population_share_their_network(straight):
    for number in {each.population for each in straight.candidates}:
        widths = {each.settings["units"] for each in straight.candidates if each.population == number}
        assert len(widths) == 1
    assert len({each.settings["units"] for each in straight.candidates}) > 1


def test_equal_seeds_give_an_equal_search_and_other_seeds_another_one(digits, straight):
    assert (
        found(search_for(digits, runs=14).search())
        == found(straight)[:12] + found(search_for(digits, runs=14).search())[12:]
    )
    other = search_for(digits, seed=1, runs=3).search()
    assert [each.drawn for each in other.candidates] != [each.drawn for each in straight.candidates[:3]]


def test_importances_say_what_is_behind_them(straight):
    assert straight.importances
    assert all(each.epochs == 1 and 0 <= each.share <= 1 for each in straight.importances)
    rate = next(each for each in straight.importances if each.name == "learning_rate")
    assert rate.candidates == rate.draws == 30
    assert next(each for each in straight.importances if each.name == "layers").draws == 3


class Stops:
    """Interrupts a search after some epochs."""

    def __init__(self, after: int) -> None:
        self.left = after

    def search_moved(self, report):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [1, 4])
def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(digits, straight, tmp_path, after):
    with open_store(tmp_path, write=True) as store:
        with pytest.raises(KeyboardInterrupt):
            search_for(digits, store=store, folder=tmp_path).search(Stops(after))
        assert len(earlier_search(tmp_path, "small").candidates) == 12 * (after // 4)
        resumed = search_for(digits, store=store, folder=tmp_path).search()
    assert found(resumed) == found(straight)
    assert resumed.importances == straight.importances
    assert not list((tmp_path / "work").glob("search-*"))


def test_more_of_a_budget_goes_on_and_another_space_begins_anew(digits, straight, tmp_path):
    with open_store(tmp_path, write=True) as store:
        search_for(digits, store=store, folder=tmp_path, runs=12).search()
        more = search_for(digits, store=store, folder=tmp_path).search()
        assert found(more) == found(straight)
        other = search_for(digits, store=store, folder=tmp_path, runs=2, activation="tanh").search()
        assert len(other.candidates) == 2
        assert other.notices == ("The store had another search 'small'; this one takes its place.",)
        assert read_search_record(tmp_path, "small") == other
        assert search_for(digits, store=store, folder=tmp_path, activation="tanh", again=True).record.candidates == ()


def test_a_search_that_a_store_lacks_is_refused(tmp_path):
    with pytest.raises(StorageError) as refusal:
        read_search_record(tmp_path, "none")
    assert str(refusal.value) == (
        f"{tmp_path} must have a search named 'none', but it has none. Search with `classlab search` first."
    )


def test_epochs_are_a_budget_that_is_never_exceeded(digits):
    record = search_for(digits, runs=None, total_epochs=20).search()
    assert record.end == "budget"
    assert record.epochs == 20


def test_searching_opens_no_test_image_and_the_finalists_study_does(digits, straight, monkeypatch, tmp_path):
    black = replace(digits.test, images=np.zeros_like(digits.test.images))
    monkeypatch.setattr("classlab.studies.work.sweep.Opening", lambda **_: pytest.fail("an opening was noted"))
    with open_store(tmp_path, write=True) as store:
        search = search_for(replace(digits, test=black), store=store, runs=12)
        record = search.search()
        assert found(record) == found(straight)[:12]
        monkeypatch.undo()
        study = search.judge()
        assert study.notices[0] == (
            f"The finalists were chosen from {len(record.candidates)} candidates by their figures on these validation "
            "images, which flatters the figures here, fresh seeds or not; on the test images it does not."
        )
        assert [arm.name for arm in study.spec.arms] == [f"candidate {number}" for number in record.finalists]
        assert study.spec.seeds == (1, 2)
        assert search.record.study == study.spec.name == "small finalists"
        assert sum(each.runs for each in study.openings) == 4


def test_a_small_space_is_used_up(digits):
    record = search_for(
        digits, layers=None, units=[[8], [16]], learning_rate=[0.01, 0.001], optimizer="adam", momentum=None
    ).search()
    assert record.end == "exhausted"
    assert sorted((each.settings["units"], each.settings["learning_rate"]) for each in record.candidates) == [
        ("16", 0.001), ("16", 0.01), ("8", 0.001), ("8", 0.01),
    ]  # fmt: skip


def test_with_two_objectives_the_front_is_of_candidates_that_none_beats(digits):
    search = search_for(digits, second="parameters", runs=20)
    record = search.search()
    assert record.front == front_of(record) != ()
    figures = [(record.candidates[n].parameters, record.candidates[n].figure("val_accuracy")) for n in record.front]
    assert figures == sorted(figures)
    assert set(record.finalists) <= set(record.front) or len(record.front) < 2


def test_a_rate_at_which_training_diverges_is_on_record_and_ends_nothing(digits):
    rates = [1e30, 0.001]
    record = search_for(digits, learning_rate=rates, optimizer="sgd", momentum=None, layers=None, units=[[8]]).search()
    assert sorted(each.state for each in record.candidates) == ["diverged", "finished"]
    assert record.finalists == tuple(each.number for each in record.candidates if each.state == "finished")


def test_blocks_of_convolutions_are_searched(digits):
    cnn = {"model": "cnn", "blocks": [1, 2], "filters": [2, 4], "batch_norm": [False, True], "dense": 0}
    record = search_for(digits, **cnn, layers=None, units=None, runs=5, limit=200, epochs=1).search()
    assert {each.state for each in record.candidates} == {"finished"}
    assert all(len(each.settings["filters"].split(",")) == each.settings["blocks"] for each in record.candidates)


def test_a_space_in_which_no_candidate_fits_is_refused(digits):
    with pytest.raises(SpecError, match="needs larger images"):
        search_for(digits, model="cnn", layers=None, units=None).search()


def test_a_space_in_which_nothing_trains_ends_with_the_reason(digits):
    with pytest.raises(SpecError) as refusal:
        search_for(digits, learning_rate=[1e37, 1e38], optimizer="sgd", momentum=None).search()
    told = str(refusal.value)
    assert told.startswith("a search must have candidates that train for an epoch, but the first ")
    assert told.endswith("Change the space.")


def test_without_optuna_one_sentence_says_so(digits, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError) as refusal:
        search_for(digits)
    assert str(refusal.value) == (
        'a search needs Optuna, which is not installed. Install it with `pip install "classlab[search]"`.'
    )


def test_from_python_a_search_gives_candidates_and_the_finalists_study(tmp_path):
    asked = {"units": [[8], [16]], "limit": 300, "epochs": 2, "runs": 8, "seeds": 2, "finalists": 2, "name": "mine"}
    result = find_network("digits", store=tmp_path, **asked)
    assert repr(result) == "<SearchResult 'mine', 8 candidates>"
    assert result.table()[0]["candidate"] == result.record.ranking[0].number
    assert f"candidate {result.best.number}" == result.study.best
    run = result.study.run(result.study.best, seed=1)
    assert run.record.state == "finished"
    alone = find_network("digits", **{**asked, "finalists": 0})
    assert alone.study is None
    assert alone.best == alone.record.best
    assert found(alone.record) == found(result.record)


def test_the_candidates_are_an_optuna_study_as_well(straight):
    study = SearchResult(straight, study=None).optuna_study()
    assert study.best_value == straight.best.figure("val_accuracy")
    assert [each.state.name for each in study.trials] == [
        "COMPLETE" if each.state == "finished" else "PRUNED" for each in straight.candidates
    ]


def test_a_search_that_ended_is_not_gone_on_with(digits, tmp_path):
    with open_store(tmp_path, write=True) as store:
        first = search_for(digits, store=store, folder=tmp_path, runs=2).search()
        assert search_for(digits, store=store, folder=tmp_path, runs=2).search() == first


def test_fewer_finalists_than_asked_for_are_said(digits):
    record = search_for(digits, runs=2, finalists=4).search()
    assert len(record.finalists) == 2
    assert record.notices == ("The search has only 2 candidates with a figure, so there are no 4 finalists.",)


def test_minutes_end_a_search_and_leave_time_for_a_finalist(digits):
    record = search_for(digits, runs=None, minutes=0.03, finalists=3).search()
    assert record.end == "budget"
    assert len(record.finalists) >= 1
    if len(record.finalists) < 3:
        assert record.notices == (f"Time was left for {len(record.finalists)} of the 3 finalists that were asked for.",)
    assert record.seconds < 30  # the population in training ends with its epoch, however busy the machine is


def test_a_search_file_is_taken_from_python(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text('name = "s"\ndata = "digits"\nmodel = "linear"\nlearning_rate = [0.01, 0.1]\nepochs = 1')
    assert len(find_network(path, runs=1, finalists=0).record.candidates) == 1
