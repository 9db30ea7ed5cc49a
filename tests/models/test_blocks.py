"""Convolutional networks in blocks."""

import pytest

from classlab.models.blocks import build_blocks
from classlab.models.weights import output_shapes, parameter_count

KINDS = {
    "Conv2D": "C", "BatchNormalization": "N", "Activation": "A", "MaxPooling2D": "P", "AveragePooling2D": "p",
    "Dropout": "D", "Flatten": "F", "Dense": "O",
}  # fmt: skip


@pytest.mark.parametrize(
    ("options", "layers"),
    [
        ({}, "CPCPFOO"),
        ({"filters": (4,), "convolutions": 2, "dense": 0}, "CCPFO"),
        ({"filters": (4,), "batch_norm": True, "pool": "average", "dropout": 0.2}, "CNApDFODO"),
    ],
)
def test_blocks_follow_each_other(options, layers):
    network = build_blocks(input_shape=(8, 8, 1), classes=3, **options)
    assert "".join(KINDS[layer.kind] for layer in network.layers) == layers


def test_values_of_one_pixel_are_not_pooled():
    network = build_blocks(input_shape=(4, 5, 1), classes=3, filters=(2, 2, 2), dense=0)
    assert "".join(KINDS[layer.kind] for layer in network.layers) == "CPCPCFO"
    assert output_shapes(network)[-3] == (1, 1, 2)


def test_a_convolution_before_a_normalisation_has_no_bias():
    plain = build_blocks(input_shape=(4, 4, 1), classes=2, filters=(2,), dense=0)
    normal = build_blocks(input_shape=(4, 4, 1), classes=2, filters=(2,), dense=0, batch_norm=True)
    assert parameter_count(plain) == (9 * 2 + 2) + (2 * 2 * 2 * 2 + 2)
    assert parameter_count(normal) == parameter_count(plain) - 2 + 4 * 2
