from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import load
from classlab.datasets.ink_style import InkStyle, centre_of_mass, ink_style, longer_side, stroke_width
from classlab.errors import RecordError, shown_value


@pytest.fixture(scope="module")
def digits():
    return load("mnist5k").train.images


def test_the_making_of_mnist_is_read_from_its_images(digits):
    style = ink_style(digits)
    # http://yann.lecun.com/exdb/mnist: a box of 20 x 20, the centre of mass in the middle of 28 x 28.
    assert (style.background, style.full, style.side, style.bright) == (0, 255, 20, True)
    np.testing.assert_allclose(style.centre, (14, 14), atol=0.05)
    assert style.apart < 0.6
    assert 1.5 < style.thinnest < 2.5 < style.thickest < 5


def test_dark_ink_on_bright_ground_is_ink_as_well(digits):
    bright, dark = ink_style(digits), ink_style(255 - digits)
    assert (dark.background, dark.bright) == (255, False)
    assert (dark.side, dark.centre, dark.thinnest) == (bright.side, bright.centre, bright.thinnest)
    assert ink_style(np.repeat(digits, 3, axis=-1)) == bright


def test_other_images_are_no_centred_ink(digits):
    random = np.random.default_rng(0)
    assert ink_style(random.integers(0, 256, (50, 8, 8, 1), np.uint8)) is None
    assert ink_style(digits[:, 10:18, 10:18]) is None  # cut out of larger images
    assert ink_style(random.integers(0, 256, (50, 28, 28, 1), np.uint8)) is None
    assert ink_style(random.integers(0, 256, (50, 28, 28, 3), np.uint8)) is None
    assert ink_style(np.zeros((50, 28, 28, 1), np.uint8)) is None
    assert ink_style(np.zeros((0, 28, 28, 1), np.uint8)) is None
    of_any_size = np.zeros((50, 28, 28, 1), np.uint8)
    for position, image in enumerate(of_any_size):
        image[6 : 10 + position % 12, 13:15] = 255
    assert ink_style(of_any_size) is None
    filled = np.zeros((50, 28, 28, 1), np.uint8)
    filled[:, 4:24, 4:24] = 255
    assert ink_style(filled) is None


def test_the_box_of_small_digits_fills_their_image():
    style = ink_style(load("digits").train.images)
    assert (style.background, style.full, style.side) == (0, 255, 8)
    np.testing.assert_allclose(style.centre, (3.5, 3.5), atol=0.1)


def test_a_bar_has_its_own_width_side_and_middle():
    bar = np.zeros((2, 30, 30))
    bar[:, 3:23, 10:14] = 1
    np.testing.assert_array_equal(longer_side(bar > 0), [20, 20])
    np.testing.assert_allclose(centre_of_mass(bar), [[12.5, 11.5]] * 2)
    # Twice 80 pixels, over the edges of two sides of 20 joined with those of two ends of 4.
    np.testing.assert_allclose(stroke_width(bar), [160 / np.hypot(40, 8)] * 2)
    assert longer_side(np.zeros((4, 4), bool)) == 0
    assert stroke_width(np.zeros((4, 4))) == 0


def test_a_style_is_read_back_and_nonsense_refused(digits):
    style = ink_style(digits)
    assert InkStyle.from_json(style.to_json(), where="a") == style
    for text in ("", "[]", "null", '{"centre": 3}', style.to_json().replace("255.0", "NaN"), '{"centre": [1]}'):
        with pytest.raises(RecordError) as refusal:
            InkStyle.from_json(text, where="weights.safetensors")
        assert str(refusal.value) == (
            f"weights.safetensors must say how its training images were made, but got {shown_value(text)}. "
            "Restore the file or train the run again."
        )
