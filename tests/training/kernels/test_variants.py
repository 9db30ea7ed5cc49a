"""Kernels for different instruction sets give the same bits, so that a run does not depend on the processor.

Convolutions, and processors other than this one, are compared by `kernels/check/run`.
"""

from __future__ import annotations

import numpy as np
import pytest

from classlab.records.optimizers import SGD, Adam, RMSprop
from classlab.training.kernels import backend, library
from classlab.training.kernels.library import kernels

NAMES = [each.name.decode() for each in library._opened()] if kernels() is not None else []
pytestmark = pytest.mark.skipif(len(NAMES) < 2, reason="this processor has one kind of vectors, or no kernels")


@pytest.mark.parametrize("lit", [0.2, 0.9], ids=["listed", "whole"])
@pytest.mark.parametrize(
    "hidden", [(), ((21, "relu"),), ((40, "sigmoid"), (17, "tanh"))], ids=["linear", "one hidden", "two hidden"]
)
@pytest.mark.parametrize("classes", [3, 10, 21, 35])
def test_every_training_is_the_same_to_the_bit(workbench, monkeypatch, hidden, lit, classes):
    network = workbench.network(*hidden, shape=(9, 7, 1), classes=classes)
    rules = SGD(learning_rate=0.05), SGD(learning_rate=0.02, momentum=0.9, nesterov=True), Adam(), RMSprop()
    specs = [workbench.spec(network, optimizer=rule, seed=seed, epochs=2) for seed in (0, 1) for rule in rules]
    division = workbench.division((9, 7, 1), lit=lit, classes=classes)
    found = []
    for name in NAMES:
        monkeypatch.setattr(backend, "kernels", lambda name=name: kernels(name))
        found.append(workbench.in_kernels(specs, division))
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            assert one.history == other.history
            for key, values in one.weights.items():
                np.testing.assert_array_equal(other.weights[key], values)
