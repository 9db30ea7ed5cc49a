"""The same training twice: in the kernels, and on PyTorch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from classlab.datasets.dataset import Division, Split
from classlab.records.architecture import Architecture
from classlab.records.layers import Dense, Flatten, Normalization, Rescaling
from classlab.records.optimizers import SGD
from classlab.records.run import DataSpec, RunSpec
from classlab.training import Outcome, train_population
from classlab.training.kernels.library import kernels
from classlab.training.kernels.population import KernelPopulation

UNIT = Rescaling(scale=1 / 255)


class Workbench:
    """Small problems of images of any shape, and what trains them in either place.

    Attributes:
        epochs: members of every epoch that the kernels took.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.epochs: list[int] = []
        original = KernelPopulation.epoch

        def noted(population: KernelPopulation, number: int, **options: Any) -> Any:
            self.epochs.append(len(population.runs))
            return original(population, number, **options)

        monkeypatch.setattr(KernelPopulation, "epoch", noted)

    @staticmethod
    def images(count: int, shape: tuple[int, int, int], *, lit: float, classes: int, seed: int) -> Split:
        """One kind of noisy picture per class, with a share `lit` of pixels that are not 0."""
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, classes, count)
        kinds = np.random.default_rng(0)
        # Pixels that no picture of a kind ever has lit would leave gradients that are nothing but rounding.
        strokes = kinds.uniform(size=(classes, *shape)) < lit
        strokes[:, 0, 0] = True
        noisy = kinds.uniform(40, 200, (classes, *shape))[labels] + rng.uniform(0, 55, (count, *shape))
        return Split(images=(noisy * strokes[labels]).astype(np.uint8), labels=labels.astype(np.int64))

    def division(
        self,
        shape: tuple[int, int, int] = (6, 6, 1),
        *,
        lit: float = 0.2,
        classes: int = 10,
        count: int = 200,
    ) -> Division:
        train, validation, test = (
            self.images(size, shape, lit=lit, classes=classes, seed=seed)
            for seed, size in enumerate((count, 60, 30), 1)
        )
        return Division(train=train, validation=validation, test=test)

    @staticmethod
    def network(*hidden: tuple[int, Any], shape: tuple[int, int, int] = (6, 6, 1), classes: int = 10) -> Architecture:
        """Dense layers given as (units, activation), then as many units as there are classes."""
        layers = (Dense(units=units, activation=activation) for units, activation in hidden)
        return Architecture(
            name="dense",
            input_shape=shape,
            layers=(Flatten(), *layers, Dense(units=classes, activation="softmax")),
        )

    @staticmethod
    def spec(architecture: Architecture, **changes: Any) -> RunSpec:
        settings = {"optimizer": SGD(learning_rate=0.1), "epochs": 3, "batch_size": 32} | changes
        return RunSpec(data=DataSpec(name="pictures"), architecture=architecture, **settings)

    @staticmethod
    def train(
        specs: list[RunSpec],
        division: Division,
        *,
        input_layer: Rescaling | Normalization = UNIT,
        diagnostics: bool = False,
        **options: Any,
    ) -> list[Outcome]:
        """Trains wherever the engine chooses."""
        return train_population(specs, division, input_layer=input_layer, diagnostics=diagnostics, **options)

    def in_kernels(self, specs: list[RunSpec], division: Division, **options: Any) -> list[Outcome]:
        """Trains in the kernels, and makes sure that it was there."""
        before = len(self.epochs)
        found = self.train(specs, division, **options)
        assert len(self.epochs) > before, "the kernels trained nothing"
        return found

    def on_pytorch(self, specs: list[RunSpec], division: Division, **options: Any) -> list[Outcome]:
        """Trains on PyTorch, with the kernels switched off."""
        before = len(self.epochs)
        with self._monkeypatch.context() as switched:
            switched.setenv("CLASSLAB_KERNELS", "off")
            found = self.train(specs, division, **options)
        assert len(self.epochs) == before, "the kernels trained although they were off"
        return found

    @staticmethod
    def difference(first: Outcome, second: Outcome) -> float:
        """How far the weights are apart, as a share of each array's largest value."""
        return max(
            float(np.abs(first.weights[key] - wanted).max() / max(np.abs(wanted).max(), 1e-3))
            for key, wanted in second.weights.items()
        )

    def assert_alike(self, found: list[Outcome], wanted: list[Outcome], *, tolerance: float = 1e-4) -> None:
        """The same weights within a share of each array's largest value, the same figures and the same endings."""
        for place, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert (one.state, one.epochs_done) == (other.state, other.epochs_done), place
            assert self.difference(one, other) <= tolerance, place
            for name, values in other.history.items():
                assert one.history[name] == pytest.approx(values, rel=tolerance, abs=1e-7), (place, name)

    @staticmethod
    def assert_probed_alike(found: list[Outcome], wanted: list[Outcome]) -> None:
        """What was noted for the doctor: the same epochs, and figures within a thousandth."""
        for one, other in zip(found, wanted, strict=True):
            probes, expected = one.diagnostics.probes, other.diagnostics.probes
            assert [probe.epoch for probe in probes] == [probe.epoch for probe in expected]
            for probe, like in zip(probes, expected, strict=True):
                assert probe.loss == pytest.approx(like.loss, rel=1e-4)
                assert probe.predicted == like.predicted
                for layer, its_like in zip(probe.layers, like.layers, strict=True):
                    assert (layer.update_ratio is None) == (probe.epoch == 0)
                    for name, value in asdict(its_like).items():
                        near = pytest.approx(value, rel=1e-3, abs=1e-7) if isinstance(value, float) else value
                        assert getattr(layer, name) == near, name


@pytest.fixture
def workbench(monkeypatch: pytest.MonkeyPatch) -> Workbench:
    if kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    return Workbench(monkeypatch)
