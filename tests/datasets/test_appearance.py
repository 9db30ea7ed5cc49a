from __future__ import annotations

import numpy as np
from PIL import Image

from classlab.datasets.appearance import FORMS, forms, ground_of, thumbnails


def bars() -> np.ndarray:
    images = np.zeros((2, 30, 30, 1), np.uint8)
    images[0, 3:23, 10:14] = 255
    return images


def test_forms_of_a_bar_are_its_own():
    bar, blank = forms(bars(), ground=0.0)
    expected = [np.log(160 / np.hypot(40, 8) + 0.1), np.log(81), 0.0, np.log(21 / 5)]
    np.testing.assert_allclose(bar, expected)
    np.testing.assert_allclose(blank, [np.log(0.1), 0, 0, 0])
    np.testing.assert_allclose(forms(255 - bars(), ground=255.0)[0], bar)
    assert len(bar) == FORMS


def test_the_ground_is_the_border():
    assert ground_of(bars()) == 0
    assert ground_of(255 - bars()) == 255


def test_thumbnails_are_those_of_pillow_but_for_its_rounding():
    images = np.random.default_rng(0).integers(0, 256, (2, 45, 28, 3), np.uint8)
    halved = Image.fromarray(images[1, ..., 2]).resize((14, 14), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(thumbnails(images)[1].reshape(3, 14, 14)[2], np.asarray(halved) / 255, atol=1.01 / 255)


def test_thumbnails_keep_brightness_and_colours():
    images = np.full((3, 40, 20, 3), (255, 51, 0), np.uint8)
    small = thumbnails(images)
    assert small.shape == (3, 3 * 14 * 14)
    np.testing.assert_allclose(small[0].reshape(3, -1).mean(axis=1), [1, 0.2, 0], rtol=1e-6)
    assert thumbnails(images[:0]).shape == (0, 3 * 14 * 14)
