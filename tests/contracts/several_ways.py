"""Fifty steps of a built-in network in the kernels, on PyTorch, in Keras and in float64: how far weights end apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from unittest.mock import patch

import numpy as np

from classlab.datasets import load
from classlab.datasets.dataset import Division, Split
from classlab.models.builtin import build
from classlab.options.words import ActivationName, LossName, ModelName
from classlab.records.architecture import Architecture
from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, Optimizer, RMSprop
from classlab.records.run import DataSpec, Loss, RunSpec
from classlab.training import Weights, train_population
from classlab.training.backend import TrainingRequest
from classlab.training.kernels import chain_layers
from classlab.training.kernels.backend import KernelBackend
from classlab.training.kernels.chain_layers import Kind, Way, chain_of
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.kernels.recognition import method_for_training
from classlab.training.loop.initial_weights import initial_weights
from classlab.training.loop.train import train
from tests.contracts.in_keras import BATCH, STEPS, UNIT, keras_run

DATA = "mnist5k"
DRAWS = 8  # a rounding decides in few of the fifty steps, and not in every draw
# Keras's own rates, but where gradients are clipped: limits that most steps of these networks reach, and a larger rate.
RULES: dict[str, Optimizer] = {
    "sgd": SGD(),
    "momentum": SGD(momentum=0.9),
    "nesterov": SGD(momentum=0.9, nesterov=True),
    "adam": Adam(),
    "adamw": AdamW(),
    "rmsprop": RMSprop(),
    "rmsprop centered": RMSprop(centered=True, momentum=0.9),
    "adagrad": Adagrad(),
    "nadam": Nadam(),
    "clipnorm": SGD(learning_rate=0.05, clipnorm=0.1),
    "clipvalue": SGD(learning_rate=0.05, clipvalue=0.01),
    "global clipnorm": SGD(learning_rate=0.05, global_clipnorm=0.2),
}
LOSSES: tuple[LossName, ...] = ("sparse_categorical_crossentropy", "categorical_crossentropy", "mean_squared_error")


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is trained.

    Args:
        network: a built-in one.
        activation: of its hidden layers.
        rule: a key of `RULES`.
        loss: what is minimized.
    """

    network: ModelName
    activation: ActivationName
    rule: str
    loss: LossName

    @property
    def architecture(self) -> Architecture:
        """The network for the images of `DATA`."""
        return build(self.network, input_shape=(28, 28, 1), classes=10, activation=self.activation)

    def spec(self) -> RunSpec:
        """One epoch of it."""
        return RunSpec(
            data=DataSpec(name=DATA),
            architecture=self.architecture,
            optimizer=RULES[self.rule],
            loss=Loss(name=self.loss),
            epochs=1,
            batch_size=BATCH,
        )


@dataclass(frozen=True, kw_only=True)
class Differences:
    """Largest differences between two weights at the same place after fifty steps.

    Args:
        kernels: between the kernels and Keras in float32.
        pytorch: between classlab on PyTorch and Keras, both in float32.
        keras: between Keras in float32 and classlab on PyTorch in float64.
        kernels_exact: between the kernels and classlab on PyTorch in float64.
        plain: as `kernels`, with convolutions as plain sums; None where they are that anyway.
    """

    kernels: float
    pytorch: float
    keras: float
    kernels_exact: float
    plain: float | None = None


def differences(case: Case) -> Differences:
    """Trains in every way, from the same weights and on the same batches.

    Args:
        case: what is trained.
    """
    spec, data = case.spec(), fifty_batches()
    stock = keras_run(spec, data, initial_weights(case.architecture, spec.seed)).weights
    exact = _exact(replace(case, loss="categorical_crossentropy") if spec.loss.name != "mean_squared_error" else case)
    ours = _in_kernels(spec, data)
    plain = None
    if _has_other_sums(spec):
        with _plain_sums():
            plain = _apart(_in_kernels(spec, data), stock)
    return Differences(
        kernels=_apart(ours, stock),
        pytorch=_apart(_on_pytorch(spec, data), stock),
        keras=_apart(stock, exact),
        kernels_exact=_apart(ours, exact),
        plain=plain,
    )


def moved(case: Case) -> float:
    """How far classlab on PyTorch, in float32, gets from itself by a rounding of the first weights.

    Every weight moves by one unit in its last place, up or down as drawn. Where that alone leads beyond what is asked
    of two implementations, no two of them can be asked to agree on these images.

    Args:
        case: what is trained.

    Returns:
        The largest difference of any of `DRAWS` draws.
    """
    spec, data = case.spec(), fifty_batches()
    first, found = initial_weights(case.architecture, spec.seed), []
    straight = _on_pytorch(spec, data)
    for draw in range(DRAWS):
        random = np.random.default_rng(draw)
        towards = {key: np.where(random.random(array.shape) < 0.5, -np.inf, np.inf) for key, array in first.items()}
        start = {key: np.nextafter(array, towards[key].astype(np.float32)) for key, array in first.items()}
        found.append(_apart(_on_pytorch(spec, data, start), straight))
    return max(found)


@cache
def fifty_batches() -> Division:
    """Digits that were written by hand, drawn from those that training images are drawn from."""
    dataset = load(DATA)
    chosen = np.random.default_rng(0).permutation(len(dataset.train))[: STEPS * BATCH]
    held_out = Split(images=dataset.test.images[:BATCH], labels=dataset.test.labels[:BATCH])
    train_split = Split(images=dataset.train.images[chosen], labels=dataset.train.labels[chosen])
    return Division(train=train_split, validation=held_out, test=held_out)


def _in_kernels(spec: RunSpec, data: Division) -> Weights:
    """Also where a processor's own convolutions would be taken."""
    request = TrainingRequest(
        specs=[spec],
        division=data,
        input_layer=UNIT,
        initial_weights=None,
        checkpoint=None,
        resume=False,
        observer=None,
        diagnostics=False,
        device="cpu",
    )
    (outcome,) = train(KernelBackend(request, method_for_training([spec], "cpu") or "chain"), request)
    return outcome.weights


@cache
def _exact(case: Case) -> Weights:
    """In float64; of the cross-entropies, which differ in how labels are given, one does for both."""
    return _on_pytorch(replace(case.spec(), precision="float64"), fifty_batches())


def _on_pytorch(spec: RunSpec, data: Division, first: Weights | None = None) -> Weights:
    with patch.dict("os.environ", {VARIABLE: "off"}):
        (outcome,) = train_population(
            [spec], data, input_layer=UNIT, initial_weights=[first], diagnostics=False, device="cpu"
        )
    return outcome.weights


def _has_other_sums(spec: RunSpec) -> bool:
    """Whether a convolution of the network is not computed as a plain sum."""
    library = kernels()
    assert library is not None
    assert isinstance(spec.architecture, Architecture)
    layers = chain_of(spec.architecture, spec.loss, lanes=library.lanes) or ()
    return any(layer.kind is Kind.CONVOLUTION and layer.way is not Way.PLAIN for layer in layers)


@contextmanager
def _plain_sums() -> Iterator[None]:
    chain_of.cache_clear()
    try:
        with patch.object(chain_layers, "_way", lambda *_, **__: Way.PLAIN):
            yield
    finally:
        chain_of.cache_clear()


def _apart(found: Weights, expected: Weights) -> float:
    """NaN where either is not finite."""
    return float(max(np.abs(found[key].astype(np.float64) - array).max() for key, array in expected.items()))
