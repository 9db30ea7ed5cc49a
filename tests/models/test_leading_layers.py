"""The part of a network that leads to one of its layers."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.models.leading_layers import leading_to
from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import Add, Conv2D, Dense, Flatten

BRANCHING = Architecture(
    name="graph",
    input_shape=(4, 4, 1),
    layers=(
        Conv2D(filters=2),
        Conv2D(filters=2, kernel_size=(1, 1)),
        Conv2D(filters=2),
        Add(),
        Flatten(),
        Dense(units=3),
    ),
    inputs=((IMAGES,), (0,), (IMAGES,), (1, 2), (3,), (4,)),
)
WEIGHTS = {f"{place}.{name}": np.zeros(1, np.float32) for place in (0, 1, 2, 5) for name in ("kernel", "bias")}

pytestmark = pytest.mark.light


def test_what_does_not_reach_the_layer_is_left_out():
    part, own = leading_to(BRANCHING, WEIGHTS, 2)
    assert (part.layers, part.inputs) == (BRANCHING.layers[2:3], None)
    assert list(own) == ["0.kernel", "0.bias"]


def test_a_layer_that_joins_keeps_both_branches():
    part, own = leading_to(BRANCHING, WEIGHTS, 3)
    assert (part.layers, part.inputs) == (BRANCHING.layers[:4], BRANCHING.inputs[:4])
    assert len(own) == 6
