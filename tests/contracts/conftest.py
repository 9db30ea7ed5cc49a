"""The oracle: one epoch of 50 steps in Keras and in the engine, from the same weights and on the same batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from classlab.datasets.dataset import Division, Split
from classlab.models.keras_build import to_keras
from classlab.models.keras_runtime import keras
from classlab.models.keras_words import layer_names
from classlab.records.architecture import Architecture
from classlab.records.layers import Rescaling
from classlab.records.optimizers import Adam, Optimizer
from classlab.records.run import DataSpec, Loss, Precision, RunSpec
from classlab.training import Outcome, Weights, train_population
from classlab.training.keras.model import keras_loss, keras_optimizer
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.loop.initial_weights import initial_weights
from classlab.training.loop.randomness import generator
from classlab.training.process.processor import on_processor

STEPS = 50
BATCH = 16
# A power of two, so that the scale is the same number in every precision.
UNIT = Rescaling(scale=1 / 256)
TOLERANCE = 1e-4


@dataclass
class KerasRun:
    """What stock Keras makes of a specification."""

    history: dict[str, float]
    weights: Weights


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


def in_float64(config: Any) -> Any:
    """A Keras model's configuration with float64 in place of float32 throughout."""
    if isinstance(config, dict):
        return {key: in_float64(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return [in_float64(value) for value in config]
    return "float64" if config == "float32" else config


def keras_run(
    spec: RunSpec, data: Division, weights: Weights, *, change: Callable[[Any], Any] | None = None
) -> KerasRun:
    """Trains one epoch with `keras.Model.fit` on the engine's order of batches."""
    assert isinstance(spec.architecture, Architecture)
    model = to_keras(spec.architecture, weights, input_layer=UNIT)
    if spec.precision == "float64":
        exact = type(model).from_config(in_float64(model.get_config()))
        exact.set_weights(model.get_weights())
        model = exact
    if change is not None:
        model = change(model)
    sparse = spec.loss.name == "sparse_categorical_crossentropy"
    metrics = keras().metrics
    kinds: list[Any] = [(metrics.SparseCategoricalAccuracy if sparse else metrics.CategoricalAccuracy)(name="accuracy")]
    if spec.top_k:
        top = metrics.SparseTopKCategoricalAccuracy if sparse else metrics.TopKCategoricalAccuracy
        kinds.append(top(k=spec.top_k, name=f"top_{spec.top_k}_accuracy"))
    model.compile(optimizer=keras_optimizer(spec.optimizer), loss=keras_loss(spec.loss), metrics=kinds)
    order = generator(spec.seed, "order of batches", 0).permutation(len(data.train))

    def targets(split: Split) -> Any:
        return split.labels if sparse else np.eye(10, dtype=np.float32)[split.labels]

    shuffled = Split(images=data.train.images[order], labels=data.train.labels[order])
    # On one thread, oneDNN's gradient of a 1 x 1 kernel with strides writes beyond its memory (AVX2, PyTorch 2.13.0).
    own_threads = torch.get_num_threads()
    torch.set_num_threads(max(2, own_threads))
    history = model.fit(
        shuffled.images,
        targets(shuffled),
        batch_size=spec.batch_size,
        epochs=1,
        shuffle=False,
        verbose=0,
        validation_data=(data.validation.images, targets(data.validation)),
    ).history
    torch.set_num_threads(own_threads)
    # In the architecture's order: Keras has the layers of a model that branches in another one.
    by_name = {layer.name: layer for layer in model.layers}
    named = [by_name[name] for name in layer_names(spec.architecture.layers) if name in by_name]
    arrays = [array for layer in named for array in layer.get_weights()]
    return KerasRun(
        history={name: values[-1] for name, values in history.items()},
        weights=dict(zip(weights, arrays, strict=True)),
    )


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
