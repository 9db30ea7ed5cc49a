"""Every backend through what the training loop asks of it: the kernels, PyTorch, and Keras."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import pytest

from classlab.datasets.dataset import Division, Split
from classlab.models.keras_import import from_keras
from classlab.models.keras_runtime import keras
from classlab.records.architecture import Architecture
from classlab.records.layers import Dense, Flatten, Rescaling
from classlab.records.optimizers import SGD, Adam
from classlab.records.run import DataSpec, RunSpec
from classlab.training.backend import Backend, EpochResult, Population, TrainingRequest
from classlab.training.kernels.library import kernels
from classlab.training.process.pulse import EVERY, Pulse
from classlab.training.route import backend_for

SHAPE, IMAGES, BATCH = (6, 6, 1), 70, 32
DENSE = Architecture(name="dense", input_shape=SHAPE, layers=(Flatten(), Dense(units=10, activation="softmax")))
PLACES = ("kernels", "tensor", "keras")


@dataclass
class Place:
    """One backend, and runs that it trains together."""

    backend: Backend
    runs: list[RunSpec]

    def population(self) -> Population:
        weights = [self.backend.first_weights(None, seed=run.seed) for run in self.runs]
        return self.backend.populate(self.runs, weights)


def images(count: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    return Split(
        images=(rng.integers(0, 20, (count, *SHAPE)) * labels[:, None, None, None]).astype(np.uint8), labels=labels
    )


@pytest.fixture(params=PLACES)
def place(request, monkeypatch) -> Iterator[Place]:
    if request.param == "kernels" and kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    if request.param == "tensor":
        monkeypatch.setenv("CLASSLAB_KERNELS", "off")
    spec = RunSpec(
        data=DataSpec(name="steps"), architecture=DENSE, optimizer=Adam(learning_rate=0.01), batch_size=BATCH
    )
    runs = [spec, replace(spec, optimizer=SGD(momentum=0.9)), replace(spec, seed=1)]
    if request.param == "keras":
        k = keras()
        first = k.layers.DepthwiseConv2D(2, dilation_rate=2)  # the engine knows no dilation
        layers = [first, k.layers.Flatten(), k.layers.Dropout(0.2), k.layers.Dense(10, "softmax")]
        runs = [replace(spec, architecture=from_keras(k.Sequential([k.Input(SHAPE), *layers])).architecture)]
    asked = TrainingRequest(
        specs=runs,
        division=Division(train=images(IMAGES, 1), validation=images(30, 2), test=images(10, 3)),
        input_layer=Rescaling(scale=1 / 255),
        initial_weights=None,
        checkpoint=None,
        resume=False,
        observer=None,
        diagnostics=True,
        device="cpu",
    )
    backend = backend_for(asked)
    assert type(backend).__module__ == f"classlab.training.{request.param}.backend"
    assert backend.in_step == (request.param != "keras")
    with backend.computing():
        yield Place(backend, runs)


def weights_of(population: Population, members: int) -> list[dict[str, bytes]]:
    found = (population.member_weights(slot) for slot in range(members))
    return [{key: array.tobytes() for key, array in own.items()} for own in found]


def figures_of(result: EpochResult) -> list[list[float]]:
    return [figures.loss + figures.accuracy for figures in (result.training, result.validation)]


def test_an_epoch_has_figures_of_every_member_and_counts_the_last_partial_batch(place):
    population = place.population()
    assert population.steps == 3
    result = population.epoch(0, probed=False)
    for figures in (result.training, result.validation):
        assert len(figures.loss) == len(figures.accuracy) == len(figures.first_bad_step) == len(place.runs)
        assert figures.top_k is None
    assert list(result.probes) == [None] * len(place.runs)
    population.close()
    population.close()  # a second time is nobody's harm


def test_whoever_looks_on_within_an_epoch_sees_its_figures_grow_and_changes_nothing(place):
    told = []
    pulse = Pulse(lambda share, figures: told.append((share, figures)), clock=count(step=EVERY).__next__)
    watched, alone = place.population(), place.population()
    pulse.begin(member_steps=watched.steps * len(place.runs))
    found = watched.epoch(0, probed=False, pulse=pulse)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    whole = dict(enumerate(zip(found.training.loss, found.training.accuracy, strict=True)))
    assert told[-1][1] == {slot: pytest.approx(figures) for slot, figures in whole.items()}
    assert figures_of(found) == figures_of(alone.epoch(0, probed=False))
    assert weights_of(watched, len(place.runs)) == weights_of(alone, len(place.runs))


def test_probes_are_taken_before_the_first_step_and_where_asked_for(place):
    population = place.population()
    assert [probe.epoch for probe in population.first_probes()] == [0] * len(place.runs)
    assert [probe.epoch for probe in population.epoch(0, probed=True).probes] == [1] * len(place.runs)
    assert place.backend.notes().splits["train"].images == IMAGES


def test_a_state_taken_over_goes_on_to_the_same_bits(place):
    first, second = place.population(), place.population()
    first.epoch(0, probed=False)
    second.load_state({name: array.copy() for name, array in first.state().items()})
    assert figures_of(first.epoch(1, probed=False)) == figures_of(second.epoch(1, probed=False))
    assert weights_of(first, len(place.runs)) == weights_of(second, len(place.runs))


def test_a_restored_member_has_its_earlier_weights_and_its_neighbors_keep_theirs(place):
    population, members = place.population(), len(place.runs)
    before = weights_of(population, members)
    snapshot = population.snapshot()
    population.epoch(0, probed=False)
    after = weights_of(population, members)
    assert all(one != other for one, other in zip(before, after, strict=True))
    population.restore(snapshot, members - 1)
    assert weights_of(population, members) == [*after[:-1], before[-1]]


def test_members_that_stay_are_not_disturbed_by_those_who_leave(place):
    if len(place.runs) == 1:
        pytest.skip("Keras trains one run at a time")
    population, whole = place.population(), place.population()
    for each in (population, whole):
        each.epoch(0, probed=False)
    population.keep([0, 2])
    assert weights_of(population, 2) == [weights_of(whole, 3)[slot] for slot in (0, 2)]
    stayed, all_of_them = population.epoch(1, probed=False), whole.epoch(1, probed=False)
    assert stayed.training.loss == pytest.approx([all_of_them.training.loss[slot] for slot in (0, 2)], rel=1e-5)
