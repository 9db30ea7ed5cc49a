"""Which layers are shown, and what is told of them."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.measures.activations import LayerActivation, telling_layers
from classlab.records.architecture import Architecture
from classlab.records.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Rescaling

pytestmark = pytest.mark.light


def test_layers_that_compute_something_new_are_shown():
    layers = (Rescaling(scale=1.0), Conv2D(filters=2), MaxPooling2D(), Dropout(rate=0.1), Flatten(), Dense(units=2))
    assert telling_layers(Architecture(name="net", input_shape=(9, 9, 1), layers=layers)) == (1, 2, 5)


def test_the_image_pooled_before_any_weights_is_passed_over():
    layers = (MaxPooling2D(), Conv2D(filters=2), Flatten(), Dense(units=2))
    assert telling_layers(Architecture(name="net", input_shape=(9, 9, 1), layers=layers)) == (1, 3)


def test_of_many_layers_the_first_the_last_and_some_between_are_shown():
    layers = (*(Dense(units=2) for _ in range(30)), Flatten())
    network = Architecture(name="deep", input_shape=(1, 1, 1), layers=layers)
    found = telling_layers(network)
    assert (len(found), found[0], found[-1]) == (8, 0, 29)
    assert set(np.diff(found)) <= {4, 5}


def test_channels_that_are_zero_all_over_are_counted():
    values = np.zeros((2, 2, 3), np.float32)
    values[0, 1, 1] = 0.5
    assert LayerActivation(layer=0, kind="Conv2D", values=values).silent == 2
    assert LayerActivation(layer=0, kind="Dense", values=values[0, 1]).silent == 2
