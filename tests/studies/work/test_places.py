"""A run that ends or blocks its process costs no other run, and is data like any other failure."""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import pytest

from classlab.errors import OptionError, WorkerError
from classlab.studies.study import Study
from classlab.studies.work.places import training_place
from classlab.training.process.threads import set_threads, thread_count
from classlab.training.tensor.sharded import ShardedPopulation
from tests.odd_layer import ACTS

pytestmark = [
    pytest.mark.needs("keras", "torch"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely"),
]
SAID = "a run must leave its process alive, but this one's ended with {}. Look for what in its layers, or in the "


def study(digits, model, **options):
    arms = [{"name": "good", "model": "linear"}, {"name": "odd", "model": model}]
    given = {"limit": 60, "epochs": 1, "seeds": 1, "batch_size": 32, **options}
    return Study("odd", data=digits, arms=arms, **given)


@pytest.mark.parametrize(("act", "end"), [("exit", "code 3"), ("kill", "signal SIGKILL")])
def test_a_layer_that_ends_its_process_costs_its_own_run_alone(digits, odd_network, act, end):
    good, odd = study(digits, odd_network(act)).run().record.runs
    assert (good.state, odd.state) == ("finished", "failed")
    assert odd.reason == f"{SAID.format(end)}machine's memory, ends a process."


def test_a_layer_that_never_ends_is_stopped_in_time(digits, odd_network):
    began = time.monotonic()
    good, odd = study(digits, odd_network("sleep")).run(run_timeout=5).record.runs
    assert (good.state, odd.state) == ("finished", "failed")
    assert odd.reason == (
        "`run_timeout` must suffice for a run, but this one was stopped after 5 seconds. Give it more, or fewer epochs."
    )
    assert time.monotonic() - began < 60


def test_a_run_apart_has_the_figures_of_one_that_is_not(digits, odd_network, monkeypatch):
    def weights():
        return study(digits, odd_network("none")).run().run("odd", 0).weights

    apart = weights()
    monkeypatch.setattr("classlab.studies.work.places._can_be_apart", lambda *_: False)
    here = weights()
    assert apart.keys() == here.keys()
    for name, array in here.items():
        np.testing.assert_array_equal(apart[name], array)


def test_a_population_that_loses_a_process_goes_on_with_the_same_figures(digits, monkeypatch):
    def figures():
        return [run.history for run in Study("s", data=digits, model="linear", epochs=2, seeds=2).run().record.runs]

    monkeypatch.setenv("CLASSLAB_KERNELS", "off")
    straight, lost, inner = figures(), [2], ShardedPopulation.epoch

    def losing(self, number, **asked):
        if lost[0]:
            lost[0] -= 1
            raise WorkerError("lost")
        return inner(self, number, **asked)

    monkeypatch.setattr(ShardedPopulation, "epoch", losing)
    assert figures() == straight
    assert lost == [0]


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "10"])
def test_a_time_limit_is_a_positive_number(value):
    with pytest.raises(OptionError) as refusal, training_place(run_timeout=value):
        pass
    assert str(refusal.value) == (
        f"`run_timeout` must be a positive number of seconds, but got run_timeout={value!r}. Write for example "
        "run_timeout=600."
    )


def test_ray_keeps_no_time_limit():
    with pytest.raises(OptionError) as refusal, training_place("ray", run_timeout=10):
        pass
    assert str(refusal.value) == (
        "`run_timeout` has no effect on Ray's workers, but got run_timeout=10 with on=ray. Leave one of them out."
    )


@pytest.fixture
def threads():
    """Sets how many threads arithmetic uses, until the test ends."""
    before = thread_count()
    yield set_threads
    set_threads(before)


def test_general_runs_have_the_same_bits_whoever_trains_beside_them(digits, odd_network, threads):
    """Three on two threads, the third when one has ended; then one of them alone, on the one thread that it had."""
    network = odd_network("none")

    def weights(count, seeds):
        threads(count)
        arms = [{"name": "odd", "model": network}]
        result = Study("s", data=digits, arms=arms, limit=60, epochs=2, seeds=seeds, batch_size=32).run()
        assert {run.environment.threads for run in result.record.runs} == {1}
        return result.run("odd", 1).weights

    among, alone = weights(2, 3), weights(1, [1])
    for name, array in alone.items():
        np.testing.assert_array_equal(among[name], array)


def test_general_runs_train_side_by_side(digits, odd_network, tmp_path, monkeypatch, threads):
    """Each waits in its first step until the other is there, so one after the other would never end."""

    def meet():
        (tmp_path / str(os.getpid())).touch()
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)

    monkeypatch.setitem(ACTS, "meet", meet)
    threads(2)
    arms = [{"name": "odd", "model": odd_network("meet")}]
    result = Study("s", data=digits, arms=arms, limit=60, epochs=1, seeds=2, batch_size=32).run(run_timeout=60)
    assert [run.state for run in result.record.runs] == ["finished", "finished"]


def test_of_runs_side_by_side_one_that_is_lost_costs_no_other(digits, odd_network, threads):
    threads(2)
    arms = [{"name": act, "model": odd_network(act)} for act in ("none", "kill")]
    found = Study("s", data=digits, arms=arms, limit=60, epochs=1, seeds=2, batch_size=32).run().record.runs
    assert [run.state for run in found] == ["finished", "finished", "failed", "failed"]
