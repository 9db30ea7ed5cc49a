"""Members on several processes: the same results, the same bits when resumed, and nobody left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from classlab.errors import WorkerError
from classlab.models.builtin import build
from classlab.records.architecture import Architecture
from classlab.records.layers import BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D
from classlab.records.optimizers import SGD, Adam, RMSprop
from classlab.records.run import DataSpec, EarlyStopping, Loss, RunSpec
from classlab.training.loop.initial_weights import initial_weights
from classlab.training.tensor import sharded
from classlab.training.tensor.network import Network

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")


@pytest.fixture(autouse=True)
def without_kernels(monkeypatch):
    """Only populations that PyTorch trains are spread: kernels that train whole steps use threads of their own."""
    monkeypatch.setenv("CLASSLAB_KERNELS", "off")


@pytest.fixture
def over(monkeypatch):
    """Spreads every population over so many processes."""

    def spread(count):
        def chosen(population, *, threads):
            return min(count, len(population.runs))

        monkeypatch.setattr(sharded, "shard_count", chosen)

    return spread


RULES = (Adam(learning_rate=0.01), SGD(learning_rate=0.1), RMSprop(), Adam(learning_rate=0.001))
# Behind a batch normalisation a bias has no gradient but rounding, which rules that divide by its size enlarge.
STEADY = (SGD(learning_rate=0.1), SGD(learning_rate=0.1, momentum=0.9), SGD(learning_rate=0.01), SGD())


def mixed(bench, *, rules=RULES, **changes):
    return [bench.spec(seed=seed, optimizer=rule, **changes) for seed in (0, 1) for rule in rules[: 3 + seed]]


@pytest.mark.parametrize(("network", "rules"), [("mlp", RULES), ("moody", STEADY)])
@pytest.mark.parametrize("count", [2, 3])
def test_members_learn_the_same_on_several_processes(bench, over, network, rules, count):
    specs = mixed(bench, rules=rules, architecture=getattr(bench, network))
    together = bench.train(*specs)
    over(count)
    for one, other in zip(together, bench.train(*specs), strict=True):
        assert other.history["val_loss"] == pytest.approx(one.history["val_loss"], rel=1e-4)
        for key, array in one.weights.items():
            np.testing.assert_allclose(other.weights[key], array, rtol=1e-3, atol=1e-5)
        assert [p.epoch for p in other.diagnostics.probes] == [p.epoch for p in one.diagnostics.probes]
        last, wanted = other.diagnostics.probes[-1], one.diagnostics.probes[-1]
        assert last.loss == pytest.approx(wanted.loss, rel=1e-4)
        assert last.layers[0].epoch_change == pytest.approx(wanted.layers[0].epoch_change, rel=1e-3)


def test_members_that_end_early_leave_the_others_as_they_are(bench, over):
    rule = EarlyStopping(monitor="val_loss", patience=0)
    specs = [*mixed(bench, epochs=4), bench.spec(optimizer=SGD(learning_rate=1e30), epochs=4)]
    specs.append(bench.spec(optimizer=SGD(learning_rate=3.0), epochs=4, early_stopping=rule, seed=2))
    together = bench.train(*specs)
    over(2)
    spread = bench.train(*specs)
    assert [o.state for o in spread] == [o.state for o in together]
    assert {"finished", "diverged"} <= {o.state for o in spread}
    assert spread[7].reason == together[7].reason
    for one, other in zip(together[:7], spread, strict=False):
        assert other.history["loss"] == pytest.approx(one.history["loss"], rel=1e-4)


def test_a_resumed_training_ends_in_the_bits_of_an_uninterrupted_one(bench, interrupted, same, over, tmp_path):
    over(2)
    specs = mixed(bench, epochs=4)
    assert all(map(same, bench.train(*specs), interrupted(specs, tmp_path / "c.safetensors", after=2)))


def test_no_process_is_left_behind(bench, over):
    over(3)
    bench.train(*mixed(bench, epochs=1))
    assert multiprocessing.active_children() == []


class Breaking:
    """Watches a training, and does something to it after the first epoch."""

    def __init__(self, act):
        self._act = act

    def epoch_finished(self, report):
        if report.epoch == 1:
            self._act()


def test_a_worker_that_is_killed_is_said_in_a_sentence(bench, over):
    over(2)
    strike = Breaking(lambda: os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL))
    with pytest.raises(WorkerError) as caught:
        bench.train(*mixed(bench), observer=strike)
    assert str(caught.value) == (
        "a process that trains some of the runs ended with code -9, most often for want of memory. "
        "Train fewer runs at once, or with one thread."
    )
    assert multiprocessing.active_children() == []


def test_an_error_in_a_worker_is_raised_here(bench, over, monkeypatch):
    over(2)

    def broken(self, number, *, probed):
        raise MemoryError("no room")

    monkeypatch.setattr("classlab.training.tensor.population.TensorPopulation.epoch", broken)
    with pytest.raises(MemoryError, match="no room"):
        bench.train(*mixed(bench))
    assert multiprocessing.active_children() == []


def test_an_interrupt_ends_the_workers(bench, over):
    over(2)

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.train(*mixed(bench), observer=Breaking(interrupt))
    assert multiprocessing.active_children() == []


def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path):
    """They would hold the folder's lock, and train for nobody."""
    script = textwrap.dedent(
        f"""
        import multiprocessing, os, sys, time
        from classlab.training.tensor import sharded
        sharded.shard_count = lambda population, threads: 2
        from classlab.datasets.catalogue import load
        from classlab.models.builtin import build
        from classlab.records.layers import Rescaling
        from classlab.records.optimizers import SGD
        from classlab.records.run import DataSpec, RunSpec
        from classlab.training import train_population

        class Watcher:
            def epoch_finished(self, report):
                if report.epoch == 1:
                    pids = [child.pid for child in multiprocessing.active_children()]
                    open({str(tmp_path / "pids")!r}, "w").write(" ".join(map(str, pids)) + "\\n")
                    time.sleep(60)

        data = load("digits")
        network = build("linear", input_shape=data.image_shape, classes=10)
        told = dict(data=DataSpec(name="digits"), architecture=network, optimizer=SGD(), epochs=3)
        specs = [RunSpec(**told, seed=seed) for seed in (0, 1)]
        images, scale = data.divide(validation=0.1), Rescaling(scale=1 / 255)
        train_population(specs, images, input_layer=scale, observer=Watcher(), device="cpu")
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    file = tmp_path / "pids"
    assert _comes_true(lambda: file.exists() and file.read_text().endswith("\n"), seconds=60)
    workers = [int(pid) for pid in file.read_text().split()]
    assert len(workers) == 2
    assert all(map(_lives, workers))
    parent.kill()
    parent.wait()
    assert _comes_true(lambda: not any(map(_lives, workers)), seconds=20)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _comes_true(condition, *, seconds):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def population_of(members, *, network="linear", images=54_000, epochs=5, batch=128):
    """What decides about processes, without the images."""
    spec = RunSpec(
        data=DataSpec(name="mnist"),
        architecture=build(network, input_shape=(28, 28, 1), classes=10),
        optimizer=Adam(),
        epochs=epochs,
        batch_size=batch,
    )

    class Stand:
        device = torch.device("cpu")
        compiled = False
        steps = -(-images // batch)
        step_operations = {"linear": 6.0 * batch * 7840, "mlp": 6.0 * batch * 109_184, "cnn": 6.0 * batch * 8e6}[
            network
        ]

        def __init__(self):
            self.runs = [spec] * members

        def __getattr__(self, name):
            return None  # nobody asks for weights here

    return Stand()


@pytest.mark.parametrize(
    ("population", "threads", "expected"),
    [
        (population_of(7), 2, 2),
        (population_of(7), 1, 1),
        (population_of(1), 2, 1),
        (population_of(7), 16, 7),  # small steps: a core each
        (population_of(2, network="cnn"), 16, 1),  # large ones: all cores for one after the other
        (population_of(2, network="cnn"), 2, 2),
        (population_of(7, images=500, epochs=2), 2, 1),  # over in less time than forking takes
    ],
)
def test_how_many_processes(population, threads, expected):
    assert sharded.shard_count(population, threads=threads) == expected


def test_a_gpu_is_not_shared_out():
    population = population_of(7)
    population.device = torch.device("cuda")
    assert sharded.shard_count(population, threads=16) == 1


def test_a_kernel_is_applied_at_every_place_of_its_output():
    network = Architecture(
        name="convolution",
        input_shape=(6, 6, 1),
        layers=(Conv2D(filters=4), BatchNormalization(), MaxPooling2D(), Flatten(), Dense(units=10)),
    )
    built = Network(
        network, [initial_weights(network, 0)], loss=Loss(), device=torch.device("cpu"), dtype=torch.float32
    )
    assert built.multiplications == (4 * 4) * (3 * 3 * 1 * 4) + (2 * 2 * 4) * 10


def alone(monkeypatch, *, crowded, **changes):
    """With how many threads one member computes each epoch, and how often one looked at the machine."""
    looks, threads = [], []
    monkeypatch.setattr(sharded, "cores_are_taken", lambda: looks.append(1) or crowded)
    population = population_of(1, **{"network": "cnn", **changes})
    population.epoch = lambda *_, **__: threads.append(torch.get_num_threads())
    whole = sharded.ShardedPopulation(population)
    for number in range(2):
        whole.epoch(number, probed=False)
    return threads, len(looks)


def test_a_single_run_takes_one_thread_beside_others_and_decides_once(monkeypatch):
    usual = torch.get_num_threads()
    assert alone(monkeypatch, crowded=True) == ([1, 1], 1)
    assert alone(monkeypatch, crowded=False) == ([usual, usual], 1)
    assert alone(monkeypatch, crowded=True, network="linear", images=128) == (
        [usual, usual],
        0,
    )  # over before it matters
