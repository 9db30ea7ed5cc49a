from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classlab.datasets.dataset import Division, Split
from classlab.records.architecture import Architecture
from classlab.records.layers import BatchNormalization, Dense, Dropout, Flatten, Rescaling
from classlab.records.optimizers import Adam
from classlab.records.run import DataSpec, RunSpec
from classlab.training import Outcome, train_population
from classlab.training.process.threads import set_threads, thread_count

SHAPE = (6, 6, 1)


class Bench:
    """A small problem: ten kinds of noisy images, and the calls every test of the engine needs."""

    unit = Rescaling(scale=1 / 255)
    mlp = Architecture(
        name="mlp",
        input_shape=SHAPE,
        layers=(Flatten(), Dense(units=16, activation="relu"), Dense(units=10, activation="softmax")),
    )
    moody = Architecture(
        name="moody",
        input_shape=SHAPE,
        layers=(
            Flatten(),
            Dense(units=16, activation="relu"),
            BatchNormalization(),
            Dropout(rate=0.3),
            Dense(units=10, activation="softmax"),
        ),
    )

    def __init__(self) -> None:
        self.division = Division(train=self.images(400, 1), validation=self.images(100, 2), test=self.images(100, 3))

    @staticmethod
    def images(count: int, seed: int) -> Split:
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 10, count)
        prototypes = np.random.default_rng(0).uniform(0, 255, (10, *SHAPE))
        noisy = 0.5 * prototypes[labels] + rng.uniform(0, 127, (count, *SHAPE))
        return Split(images=noisy.astype(np.uint8), labels=labels.astype(np.int64))

    def spec(self, **changes: Any) -> RunSpec:
        basis = RunSpec(
            data=DataSpec(name="blobs"),
            architecture=self.mlp,
            optimizer=Adam(learning_rate=0.01),
            epochs=3,
            batch_size=32,
        )
        return replace(basis, **changes)

    def train(self, *specs: RunSpec, **options: Any) -> list[Outcome]:
        return train_population(specs, self.division, input_layer=self.unit, **options)


class KilledError(Exception):
    """Stands for a process that ends without warning."""


class KillAfter:
    """An observer that ends the training after some epochs, once their checkpoint is on disk."""

    def __init__(self, epochs: int) -> None:
        self.left = epochs

    def epoch_finished(self, report: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise KilledError


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()


@pytest.fixture
def interrupted(bench: Bench) -> Any:
    """Trains, ends the training after some epochs, resumes, and returns what the resumed training returned."""

    def run(specs: list[RunSpec], path: Path, *, after: int) -> list[Outcome]:
        with pytest.raises(KilledError):
            bench.train(*specs, checkpoint=path, observer=KillAfter(after))
        return bench.train(*specs, checkpoint=path, resume=True)

    return run


def identical(first: Outcome, second: Outcome) -> bool:
    return first.history == second.history and all(
        first.weights[key].tobytes() == second.weights[key].tobytes() for key in first.weights
    )


@pytest.fixture
def same() -> Any:
    """Whether two outcomes are equal bit for bit."""
    return identical


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sets how many threads arithmetic uses, until the test ends."""
    monkeypatch.setattr("classlab.training.process.threads._chosen", None)
    before = thread_count()
    yield set_threads
    set_threads(before)  # PyTorch is told as well, where it is loaded
