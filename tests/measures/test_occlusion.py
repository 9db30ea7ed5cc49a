"""Occlusion: which part of an image a prediction looked at."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.measures.occlusion import occlusion

pytestmark = pytest.mark.light
NAMES = ("dark", "bright")


def predict(images: np.ndarray) -> np.ndarray:
    """A network that looks at the pixel in row 2 and column 5 alone."""
    bright = images[:, 2, 5, 0] / 255
    return np.stack([1 - bright, bright], axis=1).astype(np.float32)


@pytest.fixture
def image() -> np.ndarray:
    return np.full((8, 8, 1), 255, np.uint8)


def test_the_score_falls_where_the_network_looked_and_nowhere_else(image):
    found = occlusion(predict, image, class_names=NAMES, fill=0)
    assert (found.label, found.name, found.score, found.side) == (1, "bright", 1.0, 2)
    expected = np.zeros((7, 7), np.float32)
    expected[1:3, 4:6] = 1  # the squares of 2 x 2 that cover it
    np.testing.assert_array_equal(found.falls, expected)
    assert found.heat.argmax() == 2 * 8 + 5
    assert found.heat[2, 5] == 1
    assert found.most == (1, 4, 1.0)


def test_every_pixel_is_covered_whatever_the_sizes():
    for shape, side in [((9, 5, 1), 4), ((28, 28, 3), None), ((3, 50, 1), None), ((1, 1, 1), 1)]:
        pixels = np.zeros(shape, np.uint8)
        found = occlusion(lambda images: np.ones((len(images), 2)), pixels, class_names=NAMES, fill=9, side=side)
        assert np.isfinite(found.heat).all()


def test_another_class_than_the_predicted_one_is_followed(image):
    found = occlusion(predict, image, label=0, class_names=NAMES, fill=0)
    assert found.falls.min() == -1


def test_the_image_itself_is_left_as_it_is(image):
    occlusion(predict, image, class_names=NAMES, fill=0)
    assert (image == 255).all()


def test_a_square_that_does_not_fit_is_refused(image):
    for side in (0, 9):
        with pytest.raises(SpecError) as refusal:
            occlusion(predict, image, class_names=NAMES, fill=0, side=side)
        assert str(refusal.value) == (
            f"`side` must be a whole number from 1 to 8, the image's shorter side, but got side={side}. A quarter of "
            "the image is usual."
        )


def test_a_class_that_is_not_there_is_refused(image):
    with pytest.raises(SpecError) as refusal:
        occlusion(predict, image, label=2, class_names=NAMES, fill=0)
    assert str(refusal.value) == (
        "`label` must be one of the 2 classes, counted from 0, but got label=2. Leave it out for the predicted class."
    )
