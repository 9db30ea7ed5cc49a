"""The first layer's weights as pictures."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.measures.first_layer import first_layer
from classlab.records.architecture import Architecture, KerasArchitecture
from classlab.records.layers import Conv2D, Dense, Flatten, GlobalAveragePooling2D, MaxPooling2D, Rescaling

pytestmark = pytest.mark.light
NAMES = ("cat", "dog")


def network(*layers, shape=(2, 3, 1)):
    return Architecture(name="net", input_shape=shape, layers=layers)


def test_a_linear_classifier_has_a_picture_for_each_class():
    kernel = np.arange(12, dtype=np.float32).reshape(6, 2)
    found = first_layer(network(Flatten(), Dense(units=2)), {"1.kernel": kernel}, class_names=NAMES)
    assert (found.layer, found.kind, found.names) == (1, "class", NAMES)
    np.testing.assert_array_equal(found.pictures[1, ..., 0], [[1, 3, 5], [7, 9, 11]])


def test_a_hidden_layer_has_one_for_each_unit():
    kernels = {"2.kernel": np.ones((6, 3), np.float32), "3.kernel": np.ones((3, 2), np.float32)}
    layers = (Rescaling(scale=1.0), Flatten(), Dense(units=3), Dense(units=2))
    found = first_layer(network(*layers), kernels, class_names=NAMES)
    assert (found.layer, found.kind, found.names) == (2, "unit", ("unit 0", "unit 1", "unit 2"))


def test_a_convolution_has_one_for_each_filter():
    kernel = np.random.default_rng(0).normal(size=(2, 2, 3, 5)).astype(np.float32)
    layers = (Conv2D(filters=5, kernel_size=(2, 2)), Flatten(), Dense(units=2))
    found = first_layer(network(*layers, shape=(4, 4, 3)), {"0.kernel": kernel}, class_names=NAMES)
    assert (found.kind, found.names[4], found.pictures.shape) == ("filter", "filter 4", (5, 2, 2, 3))
    np.testing.assert_array_equal(found.pictures[4], kernel[..., 4])


@pytest.mark.parametrize(
    "layers",
    [
        (MaxPooling2D(), Flatten(), Dense(units=2)),
        (GlobalAveragePooling2D(), Dense(units=2)),
        (Dense(units=2), Flatten()),
    ],
)
def test_weights_that_do_not_meet_the_pixels_are_no_pictures(layers):
    with pytest.raises(SpecError) as refusal:
        first_layer(network(*layers), {}, class_names=NAMES)
    assert str(refusal.value) == (
        "the first layer with weights must be a Conv2D, or a Dense layer over all pixels, to be shown as pictures, but "
        "'net' begins otherwise. Look at the activations of its layers instead."
    )


def test_layers_of_keras_alone_are_refused():
    strange = KerasArchitecture(name="net", input_shape=(2, 3, 1), config={}, reason="its layer 0 is a Lambda")
    with pytest.raises(SpecError) as refusal:
        first_layer(strange, {}, class_names=NAMES)
    assert str(refusal.value) == (
        "the layers of 'net' must be known to classlab to be shown, but its layer 0 is a Lambda. "
        "Look at them in Keras: `run.to_keras` writes the model."
    )
