"""The oracle: one epoch of 50 steps in Keras and in the engine, from the same weights and on the same batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from classlab.datasets.dataset import Division, Split
from classlab.records.architecture import Architecture
from classlab.records.optimizers import Adam, Optimizer
from classlab.records.run import DataSpec, Loss, Precision, RunSpec
from classlab.training import Outcome, train_population
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.loop.initial_weights import initial_weights
from classlab.training.process.processor import on_processor
from tests.contracts.in_keras import BATCH, STEPS, UNIT, KerasRun, keras_run

TOLERANCE = 1e-4


def images(count: int, shape: tuple[int, int, int], *, seed: int) -> Split:
    """Ten kinds of blurred blobs with noise: learnable, and different in every pixel."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    prototypes = np.random.default_rng(0).uniform(0, 255, (10, *shape))
    noisy = 0.6 * prototypes[labels] + rng.uniform(0, 100, (count, *shape))
    return Split(images=noisy.clip(0, 255).astype(np.uint8), labels=labels.astype(np.int64))


def division(shape: tuple[int, int, int], *, extra: int = 0) -> Division:
    """Images for 50 steps, and a further partial batch of `extra` images."""
    train = images(STEPS * BATCH + extra, shape, seed=1)
    return Division(train=train, validation=images(120, shape, seed=2), test=images(50, shape, seed=3))


def assert_agree(outcome: Outcome, oracle: KerasRun) -> None:
    """Every array within 1e-4 of Keras's, relative to the array's largest value; every figure within 1e-4."""
    for key, expected in oracle.weights.items():
        assert outcome.weights[key].shape == expected.shape
        difference = np.abs(outcome.weights[key] - expected).max() / max(np.abs(expected).max(), 1e-3)
        assert difference <= TOLERANCE, f"{key} differs by {difference:.2e} of its largest value"
    for name, value in oracle.history.items():
        assert outcome.history[name][-1] == pytest.approx(value, rel=TOLERANCE, abs=1e-6), name


def every_way(specs: list[RunSpec], data: Division) -> list[list[Outcome]]:
    """Trains in the compiled kernels, where they are, on PyTorch alone, and on a GPU where there is one."""
    found = [train_population(specs, data, input_layer=UNIT, device="cpu")]
    if kernels() is not None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, "off")
            found.append(train_population(specs, data, input_layer=UNIT, device="cpu"))
    if not on_processor("auto"):
        found.append(train_population(specs, data, input_layer=UNIT, device="cuda"))
    return found


@dataclass
class Oracle:
    """Trains in every place and compares."""

    def spec(
        self,
        architecture: Architecture,
        *,
        optimizer: Optimizer | None = None,
        loss: Loss | None = None,
        seed: int = 0,
        top_k: int | None = None,
    ) -> RunSpec:
        return RunSpec(
            data=DataSpec(name="blobs"),
            architecture=architecture,
            optimizer=optimizer or Adam(),
            loss=loss or Loss(),
            epochs=1,
            batch_size=BATCH,
            seed=seed,
            top_k=top_k,
        )

    def check(
        self,
        architecture: Architecture,
        *,
        optimizer: Optimizer | None = None,
        loss: Loss | None = None,
        extra: int = 0,
        top_k: int | None = None,
        change: Callable[[Any], Any] | None = None,
    ) -> None:
        """Compares one run trained alone."""
        spec = self.spec(architecture, optimizer=optimizer, loss=loss, top_k=top_k)
        data = division(architecture.input_shape, extra=extra)
        expected = keras_run(spec, data, initial_weights(architecture, 0), change=change)
        for (outcome,) in every_way([spec], data):
            assert_agree(outcome, expected)

    def check_population(
        self,
        architecture: Architecture,
        optimizers: list[tuple[Optimizer, int]],
        *,
        slices: Sequence[Division] = (),
        batch_size: int = BATCH,
        precision: Precision = "float32",
        loss: Loss | None = None,
        change: Callable[[Any], Any] | None = None,
    ) -> None:
        """Compares members of one population, given as (optimizer, seed), each with its own run in Keras.

        In float32 an activation that rounds to the other side of a ReLU's edge moves every weight visibly, in either
        of the two. A wrong rule disagrees on all images, such a rounding on some: a member may agree on any slice.
        """
        specs = [
            replace(
                self.spec(architecture, optimizer=optimizer, seed=seed, loss=loss),
                batch_size=batch_size,
                precision=precision,
            )
            for optimizer, seed in optimizers
        ]
        left = list(specs)
        for data in slices or [division(architecture.input_shape)]:
            ways = [dict(zip(specs, outcomes, strict=True)) for outcomes in every_way(specs, data)]
            failures = []
            for spec in left:
                expected = keras_run(spec, data, initial_weights(architecture, spec.seed), change=change)
                try:
                    for outcomes in ways:
                        assert_agree(outcomes[spec], expected)
                except AssertionError as failure:
                    failures.append((spec, failure))
            left = [spec for spec, _ in failures]
            if not left:
                return
        raise failures[0][1]


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()
