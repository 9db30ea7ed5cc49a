"""Studies on a Ray cluster of two nodes on this machine: the table is the local one, whatever is lost on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from classlab.errors import MissingExtraError, SpecError, WorkerError
from classlab.records import StudyRecord
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_file import draft_from_python
from classlab.studies.store import open_store
from classlab.studies.work import ray_cluster
from classlab.studies.work.memory_store import MemoryStore
from classlab.studies.work.places import training_place
from classlab.studies.work.ray_cluster import Allocation, RayCluster
from classlab.studies.work.ray_worker import train_on_worker
from classlab.studies.work.sweep import run_study

ray = pytest.importorskip("ray", reason="needs ray, which is not installed")
from classlab.studies.work.ray_place import RayPlace  # noqa: E402

ROOT = Path(__file__).parents[3]
SIZES = (16, 32, 64)


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ray_cluster._QUIET, "PYTHONPATH": str(ROOT)}.items():
            patch.setenv(name, value)
        node = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 100_000_000}
        cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        cluster.added = cluster.add_node(**node)
        connection = RayCluster()
        connection.connect(cluster.address)
        yield cluster
        connection.close()
        cluster.shutdown()


@pytest.fixture
def built(digits):
    options = {"model": "linear", "epochs": 2, "batch_size": list(SIZES)}
    return build_study(draft_from_python("s", data=digits, arms=(), settings={"seeds": 2}, options=options), digits)


def run(built, digits, store, place=None) -> StudyRecord:
    return run_study(built.spec, digits, store=store, command="c", place=place)


def lasting(record: StudyRecord) -> list:
    """The runs without times and the number of threads, which are the worker's."""
    environment = record.runs[0].environment
    return [replace(each, seconds=0.0, created="", environment=environment) for each in record.runs]


def test_the_table_is_the_local_one_and_every_run_is_recorded_once(cluster, built, digits, tmp_path):
    local, said = MemoryStore(), []
    here = run(built, digits, local)
    with open_store(tmp_path, write=True) as store:
        there = run(built, digits, store, RayPlace(say=said.append))
        assert said == ["Ray: 2 nodes with 2 cores; up to 2 populations at a time, 1 core each."]
        assert lasting(there) == lasting(here)
        assert [opening.runs for opening in there.openings] == [2, 2, 2]
        assert len(store.runs()) == 6
        assert list((tmp_path / "work").glob("*")) == []
        for record in there.runs:
            ours, theirs = store.run(record.identity), local.run(record.identity)
            assert all(np.array_equal(ours.weights[key], theirs.weights[key]) for key in theirs.weights)
        assert run(built, digits, store, RayPlace()).seconds == 0.0  # all are there


def test_a_worker_that_dies_amid_a_population_costs_nothing(cluster, built, digits, tmp_path):
    marker = tmp_path / "died"

    def dies_once(population, **options):
        from classlab.studies.work import ray_worker

        class Deadly:
            def epoch_finished(self, report):
                if report.epoch == 1 and population.specs[0].batch_size == 32 and not marker.exists():
                    marker.touch()
                    os.kill(os.getpid(), signal.SIGKILL)

        ray_worker.Silent = Deadly
        return train_on_worker(population, **options)

    said = []
    record = run(built, digits, MemoryStore(), RayPlace(task=dies_once, say=said.append))
    assert marker.exists()
    assert len(said) == 2
    assert said[1].startswith("The worker that trained 2 runs was lost: WorkerCrashedError: ")
    assert lasting(record) == lasting(run(built, digits, MemoryStore()))
    assert [opening.runs for opening in record.openings] == [2, 2, 2]


def test_a_run_that_kills_its_workers_fails_and_its_neighbours_do_not(cluster, built, digits):
    def kills(population, **options):
        if any(spec.batch_size == 32 and spec.seed == 1 for spec in population.specs):
            os.kill(os.getpid(), signal.SIGKILL)
        return train_on_worker(population, **options)

    record = run(built, digits, MemoryStore(), RayPlace(task=kills))
    assert [each.state for each in record.runs] == ["finished"] * 3 + ["failed"] + ["finished"] * 2
    reason = record.runs[3].reason
    start = (
        "a run must leave its worker alive, but this one's was lost 3 times, the last time with WorkerCrashedError: "
    )
    assert reason.startswith(start)
    assert reason.endswith(". Try it with --on local.")


@pytest.mark.faults("R7", full=True)
def test_of_a_hundred_populations_each_tenth_kills_its_workers(cluster, digits, trials):
    """A hundred tasks, of which ten end their worker each time; theirs is the only run that fails."""
    options = {"model": "linear", "epochs": 1, "limit": 120, "batch_size": list(range(1, 101))}
    asked = draft_from_python("s", data=digits, arms=(), settings={"seeds": 1}, options=options)

    def kills(population, **options):
        if population.specs[0].batch_size % 10 == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return train_on_worker(population, **options)

    record = run(build_study(asked, digits), digits, MemoryStore(), RayPlace(task=kills))
    assert len(record.runs) == 100
    for each in record.runs:
        lost = each.spec.batch_size % 10 == 0
        right = each.state == ("failed" if lost else "finished") and (not lost or "was lost 3 times" in each.reason)
        trials.add(f"batches of {each.spec.batch_size}: {each.state}, {each.reason}", right=right)


@pytest.mark.parametrize(
    ("error", "raised", "sentence"),
    [
        (MissingExtraError("Not here."), MissingExtraError, "Not here."),
        (
            ValueError("two\nlines"),
            WorkerError,
            "every worker must be able to train, but one says: ValueError: two lines. Check that classlab "
            "{} and what it needs are installed on every node.",
        ),
    ],
)
def test_a_worker_that_cannot_train_ends_the_study(cluster, built, digits, error, raised, sentence):
    from classlab.version import VERSION

    def fails(population, **options):
        raise error

    with pytest.raises(raised) as refused:
        run(built, digits, MemoryStore(), RayPlace(task=fails))
    assert str(refused.value) == sentence.format(VERSION)


KILLED = """
import os, signal, sys
from classlab.cli.main import main
from classlab.files import fault
if sys.argv.pop(1) == "killed":
    fault.at("after-add", lambda: os.kill(os.getpid(), signal.SIGKILL), passage=2)
sys.exit(main())
"""


def test_a_study_whose_driver_was_killed_goes_on_and_trains_nothing_twice(cluster, built, digits, tmp_path):
    words = ["sweep", "--data", "digits", "--model", "linear", "--epochs", "2", "--batch-size", "16,32,64"]
    words += ["--seeds", "2", "--store", str(tmp_path), "--json", "--quiet"]
    words += ["--on", "ray", "--ray-address", cluster.address]
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    first = subprocess.run([sys.executable, "-c", KILLED, "killed", *words], capture_output=True, env=place)
    assert first.returncode == -signal.SIGKILL, first.stderr
    with open_store(tmp_path, write=False) as store:
        before = {record.identity: record for record in store.runs()}
    assert len(before) == 4
    second = subprocess.run([sys.executable, "-c", KILLED, "", *words], capture_output=True, env=place)
    assert second.returncode == 0, second.stderr
    here = run(built, digits, MemoryStore())
    found = [(each["identity"], each["validation"]["loss"]) for each in json.loads(second.stdout)["runs"]]
    assert found == [(each.identity, each.validation.loss) for each in here.runs]
    with open_store(tmp_path, write=False) as store:
        assert len(store.runs()) == 6
        assert all(store.record(name) == record for name, record in before.items())
        assert sum(opening.runs for opening in store.openings()) == 6


def test_a_node_that_is_taken_away_costs_nothing(cluster, built, digits, tmp_path, capfd):
    marker, victim = tmp_path / "there", cluster.added.node_id

    def waits_on_the_victim(population, **options):
        import ray

        if ray.get_runtime_context().get_node_id() == victim:
            marker.touch()
            time.sleep(600)
        while not marker.exists():  # so that the other node does not do all of it
            time.sleep(0.05)
        return train_on_worker(population, **options)

    def take_away():
        while not marker.exists():
            time.sleep(0.05)
        cluster.remove_node(cluster.added, allow_graceful=False)

    thread = Thread(target=take_away)
    thread.start()
    record = run(built, digits, MemoryStore(), RayPlace(task=waits_on_the_victim))
    thread.join()
    assert capfd.readouterr().out == ""  # figures alone belong there
    assert lasting(record) == lasting(run(built, digits, MemoryStore()))
    assert [opening.runs for opening in record.openings] == [2, 2, 2]


class _Nodes:
    """A Ray that has these nodes, each with so many cores and GPUs."""

    def __init__(self, *nodes: tuple[float, float]) -> None:
        self._nodes = nodes

    def nodes(self):
        there = [{"Alive": True, "Resources": {"CPU": cores, "GPU": gpus}} for cores, gpus in self._nodes]
        return [*there, {"Alive": False, "Resources": {"CPU": 64.0}}]


@pytest.mark.parametrize(
    ("nodes", "populations", "device", "threads", "found"),
    [
        ([(8, 0), (8, 0)], 4, "auto", None, (2, 16, 4, 4, 0)),
        ([(8, 0), (8, 0)], 1, "auto", None, (2, 16, 2, 8, 0)),
        ([(8, 0), (8, 0)], 100, "auto", None, (2, 16, 16, 1, 0)),
        ([(8, 0), (4, 0)], 100, "auto", 3, (2, 12, 3, 3, 0)),
        ([(16, 4), (64, 0)], 100, "auto", None, (1, 16, 4, 4, 1)),
        ([(16, 4), (64, 0)], 8, "cpu", None, (2, 80, 8, 9, 0)),
        ([(16, 4), (64, 0)], 9, "cpu", None, (2, 80, 10, 8, 0)),
        ([(8, 2), (8, 2)], 1, "cuda", None, (2, 16, 2, 8, 1)),
        ([(0, 0), (2, 0)], 5, "auto", None, (1, 2, 2, 1, 0)),
    ],
)
def test_a_cluster_is_divided_among_the_populations(monkeypatch, nodes, populations, device, threads, found):
    monkeypatch.setitem(sys.modules, "ray", _Nodes(*nodes))
    allocation = RayCluster().allocation(populations, device=device, threads=threads)
    count, cores, at_once, each, gpus = found
    assert allocation == Allocation(nodes=count, all_cores=cores, at_once=at_once, cores=each, gpus=gpus)


def test_what_no_node_has_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", _Nodes((2, 0), (4, 0)))
    with pytest.raises(SpecError) as refused:
        RayCluster().allocation(3, device="cuda", threads=None)
    assert str(refused.value) == (
        "`device` cuda needs a node with a GPU, but the Ray cluster has none. Use device=cpu."
    )
    with pytest.raises(SpecError) as refused:
        RayCluster().allocation(3, device="auto", threads=8)
    assert str(refused.value) == (
        "`threads` must be at most the cores of the largest node, but got threads=8, and the Ray cluster's has 4. "
        "Give fewer, or wait until its nodes are there."
    )


def test_the_sentence_on_a_cluster_counts():
    allocation = Allocation(nodes=1, all_cores=16, at_once=4, cores=4, gpus=1)
    assert allocation.sentence == "Ray: 1 node with 16 cores; up to 4 populations at a time, 4 cores and a GPU each."


def test_a_worker_with_another_classlab_is_refused():
    from classlab.version import VERSION

    with pytest.raises(SpecError) as refused:
        train_on_worker(None, version="0.0.1", material=[], key="", threads=1)
    assert str(refused.value) == (
        "every worker must have the classlab of the process that records the study, but that has 0.0.1 and a worker "
        f"has {VERSION}. Install the same version on every node."
    )


def test_an_address_without_ray_is_refused():
    with pytest.raises(SpecError) as refused, training_place("local", ray_address="auto"):
        pass
    assert str(refused.value) == (
        "`ray_address` needs on=ray, but got on=local with ray_address='auto'. Add --on ray, or leave the address out."
    )


def test_ray_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError) as refused, training_place("ray"):
        pass
    assert str(refused.value) == (
        '`on` ray needs Ray, which is not installed. Install it with `pip install "classlab[ray]"`, or use on=local.'
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "10.0.0.1:6379",
            "Ray must answer at 10.0.0.1:6379, but it says: Nobody there. Check the address with `ray status`.",
        ),
        (
            None,
            "Ray must start on this machine, but it says: Nobody there. Try it when the machine is less busy, or use "
            "on=local.",
        ),
    ],
)
def test_a_cluster_that_is_not_to_be_had_is_said(monkeypatch, address, sentence):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def refuse(**options):
        raise Exception("Nobody\nthere.")  # noqa: TRY002  (as Ray does)

    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(WorkerError) as refused:
        RayCluster().connect(address)
    assert str(refused.value) == sentence
