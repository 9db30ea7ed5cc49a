from __future__ import annotations

import numpy as np
import pytest

from classlab.models.keras_runtime import keras
from classlab.records.layers import Normalization, Rescaling
from classlab.training.loop.scaling import Chained, scale_and_offset, scaled

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 3, 2)).astype(np.uint8)
LAYERS = [
    Rescaling(scale=1 / 255),
    Rescaling(scale=2 / 255, offset=-1.0),
    Normalization(mean=(80.0,), variance=(900.0,)),
    Normalization(mean=(80.0, 20.0), variance=(900.0, 1e-16)),  # a channel without spread
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_pixels_are_scaled_as_keras_scales_them(layer):
    layers = keras().layers
    if isinstance(layer, Rescaling):
        wanted = layers.Rescaling(layer.scale, layer.offset)(IMAGES)
    else:
        mean, variance = (np.broadcast_to(each, 2) for each in (layer.mean, layer.variance))
        wanted = layers.Normalization(mean=mean, variance=variance)(IMAGES)
    found = scaled(IMAGES, layer)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.asarray(wanted), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_both_numbers_come_in_the_precision_that_is_asked_for(kind):
    for layer in LAYERS:
        assert {part.dtype for part in scale_and_offset(layer, kind)} == {np.dtype(kind)}


@pytest.mark.parametrize("layers", [LAYERS[1:2], [LAYERS[0], *LAYERS[1:3]], LAYERS[1:4]], ids=len)
def test_scalings_one_behind_the_other_are_one(layers):
    wanted = IMAGES
    for layer in layers:
        wanted = scaled(wanted, layer)
    np.testing.assert_allclose(scaled(IMAGES, Chained(tuple(layers))), wanted, rtol=1e-5, atol=1e-6)


def test_the_images_are_left_alone():
    before = IMAGES.copy()
    scaled(IMAGES, LAYERS[1])
    np.testing.assert_array_equal(IMAGES, before)
