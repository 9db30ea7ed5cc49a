"""Kernels for different instruction sets give the same bits, so that a run does not depend on the processor.

Convolutions, and processors other than this one, are compared by `kernels/check/run`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.records.layers import AveragePooling2D, Conv2D
from classlab.records.optimizers import SGD, Adam, RMSprop
from classlab.training.kernels import backend, library, recognition
from classlab.training.kernels.library import kernels

# The one for any processor rounds products and sums one by one, and has bits of its own.
OPENED = [each.name.decode() for each in library._opened()] if kernels() is not None else []
NAMES = [name for name in OPENED if name != "DEFAULT"]
several = pytest.mark.skipif(len(NAMES) < 2, reason="this processor has one kind of vectors, or no kernels")


@several
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


@pytest.mark.parametrize("function", ["relu", "sigmoid", "tanh", "gelu"])
def test_the_kernels_for_any_processor_train_as_on_pytorch(workbench, monkeypatch, function):
    """Dense networks, fused, and a chain with all ways of convolutions."""
    library = kernels("DEFAULT")
    if library is None:
        pytest.skip("the compiled kernels are not installed or switched off")
    for module in (backend, recognition):
        monkeypatch.setattr(module, "kernels", lambda: library)
    dense = workbench.network((21, function), (9, function))
    shape = (11, 9, 1)
    chain = workbench.network((9, function), shape=shape)
    body = Conv2D(filters=8, activation="tanh"), Conv2D(filters=4, activation="tanh"), AveragePooling2D()
    chain = replace(chain, layers=(*body, Conv2D(filters=5, padding="same"), *chain.layers))
    rules = SGD(learning_rate=0.05), Adam(), RMSprop()
    for network, images in ((dense, (6, 6, 1)), (chain, shape)):
        specs = [workbench.spec(network, optimizer=rule, epochs=2) for rule in rules]
        division = workbench.division(images, lit=0.6)
        found = workbench.in_kernels(specs, division)
        with monkeypatch.context() as undone:
            undone.setattr(recognition, "kernels", lambda: None)
            wanted = workbench.train(specs, division)
        workbench.assert_alike(found, wanted)
