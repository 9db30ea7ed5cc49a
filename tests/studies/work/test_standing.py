from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from classlab.datasets import load
from classlab.errors import StorageError
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_file import draft_from_python
from classlab.studies.store import open_store
from classlab.studies.store.place import standing_place
from classlab.studies.work import standing
from classlab.studies.work.standing import ask, is_training, last_moved, names_seen, read_standing
from classlab.studies.work.sweep import run_study
from classlab.training.kernels.library import kernels

pytestmark = pytest.mark.skipif(kernels() is None, reason="trains in the compiled kernels")


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.fixture
def built(digits):
    settings, options = {"seeds": 2}, {"model": "linear", "epochs": 3, "optimizer": ["sgd", "adam"]}
    return build_study(draft_from_python("s", data=digits, arms=(), settings=settings, options=options), digits)


class Watching:
    """Does something after so many reports of a study."""

    def __init__(self, act=lambda: None, *, after=1) -> None:
        self.reports, self._act, self._after = [], act, after

    def study_moved(self, report):
        self.reports.append(report)
        if len(self.reports) == self._after:
            self._act()


def train(built, digits, folder, observer, **options):
    with open_store(folder, write=True) as store:
        return run_study(built.spec, digits, store=store, observer=observer, command="c", **options)


def lasting(record):
    return replace(
        record,
        seconds=0.0,
        created="",
        openings=(),
        runs=tuple(replace(run, seconds=0.0, created="") for run in record.runs),
    )


def test_others_see_where_a_study_stands_while_it_trains(built, digits, tmp_path, monkeypatch):
    monkeypatch.setattr(standing, "_EVERY", 0.0)
    monkeypatch.setattr(standing, "_SHARE", 0)  # a writing that took long on a busy machine delays none
    seen = []

    def look():
        study = names_seen(tmp_path)["s"]
        seen.append((study, read_standing(tmp_path, study), is_training(tmp_path, study), last_moved(tmp_path, "s")))

    watching = Watching(look, after=4)
    train(built, digits, tmp_path, watching, text="a file", confirm=2)
    ((study, found, trains, moved),) = seen
    assert (study.spec, study.text, study.confirm) == (built.spec, "a file", 2)
    assert (found.state, found.reason, trains) == ("training", "", True)
    assert found.report in watching.reports[:4]
    assert moved > 0
    assert {name: [len(run["val_loss"]) for run in runs] for name, runs in found.curves.items()} == {
        "sgd": [found.report.epoch] * 2,
        "adam": [found.report.epoch] * 2,
    }


def test_nothing_is_left_of_it_when_the_study_is_whole(built, digits, tmp_path):
    train(built, digits, tmp_path, Watching())
    assert names_seen(tmp_path) == {}
    assert not standing_place(tmp_path, "s").exists()
    assert last_moved(tmp_path, "s") == 0


def test_a_study_that_is_asked_to_stop_goes_on_as_though_it_had_not_been(built, digits, tmp_path):
    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        train(built, digits, folder, Watching(lambda: ask(folder, "s", "stop"), after=3))
    study = names_seen(folder)["s"]
    found = read_standing(folder, study)
    assert (found.state, found.reason) == ("stopped", "")
    assert not is_training(folder, study)
    begun = Watching()
    resumed = train(built, digits, folder, begun)
    whole = train(built, digits, tmp_path / "whole", Watching())
    assert lasting(resumed) == lasting(whole)
    assert len(begun.reports) < 6  # of 1 beginning, 3 epochs and 1 keeping for each of both would be more


def test_a_paused_study_waits_and_its_wait_is_no_time_of_training(built, digits, tmp_path):
    wait, seen = 0.6, []

    def pause():
        ask(tmp_path, "s", "pause")
        threading.Timer(wait / 2, lambda: seen.append(read_standing(tmp_path, names_seen(tmp_path)["s"]).state)).start()
        threading.Timer(wait, ask, (tmp_path, "s", None)).start()

    watching = Watching(pause, after=3)
    began = time.perf_counter()
    record = train(built, digits, tmp_path, watching)
    took = time.perf_counter() - began
    assert seen == ["paused"]
    assert took > wait
    assert watching.reports[-1].seconds < took - 0.9 * wait
    assert record.seconds < took - 0.9 * wait
    assert len(record.runs) == 4


def test_a_study_that_waits_can_be_stopped(built, digits, tmp_path):
    def pause():
        ask(tmp_path, "s", "pause")
        threading.Timer(0.2, ask, (tmp_path, "s", "stop")).start()

    with pytest.raises(KeyboardInterrupt):
        train(built, digits, tmp_path, Watching(pause, after=3))
    assert read_standing(tmp_path, names_seen(tmp_path)["s"]).state == "stopped"


def test_what_ends_a_study_is_told(built, digits, tmp_path):
    def full():
        raise StorageError("the disk is full.")

    with pytest.raises(StorageError):
        train(built, digits, tmp_path, Watching(full, after=3))
    assert read_standing(tmp_path, names_seen(tmp_path)["s"]).reason == "the disk is full."


def test_a_wish_of_an_earlier_process_is_forgotten(built, digits, tmp_path):
    standing_place(tmp_path, "s").mkdir(parents=True)
    ask(tmp_path, "s", "stop")
    train(built, digits, tmp_path, Watching())


def test_files_that_are_none_are_left_out(tmp_path):
    for name, text in {"a": "{", "b": "null"}.items():
        (tmp_path / "standing" / name).mkdir(parents=True)
        (tmp_path / "standing" / name / "study.json").write_text(text, encoding="utf-8")
    assert names_seen(tmp_path) == {}
