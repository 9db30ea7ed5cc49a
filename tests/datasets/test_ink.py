from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from classlab.datasets import ink, load
from classlab.datasets.ink import righted
from classlab.datasets.ink_style import centre_of_mass, ink_style, longer_side
from tests.datasets.own_drawings import KINDS, drawings

SIZE = (28, 28)


@pytest.fixture(scope="module")
def dataset():
    return load("mnist5k")


@pytest.fixture(scope="module")
def style(dataset):
    return ink_style(dataset.train.images)


def pixels_of(image: Image.Image) -> np.ndarray:
    return np.asarray(image).reshape(image.height, image.width, -1)


def thumbnails(images: np.ndarray) -> np.ndarray:
    """Blurred a little, so that a stroke beside another is near to it."""
    small = [Image.fromarray(image).filter(ImageFilter.GaussianBlur(1)).resize((14, 14)) for image in images]
    return np.stack([np.asarray(image, np.float64).ravel() for image in small])


@pytest.fixture(scope="module")
def neighbours(dataset):
    """Names images by the three training images that are nearest."""
    known, labels = thumbnails(dataset.train.images[..., 0]), dataset.train.labels

    def named(images: np.ndarray) -> np.ndarray:
        distances = ((thumbnails(images)[:, None] - known[None, ::2]) ** 2).sum(axis=-1)
        nearest = labels[::2][distances.argsort(axis=1)[:, :3]]
        return np.array([np.bincount(row, minlength=10).argmax() for row in nearest])

    return named


@pytest.mark.parametrize("kind", KINDS)
def test_own_drawings_of_every_kind_are_righted(style, neighbours, kind):
    images = np.stack([righted(pixels_of(image), style, SIZE) for image in drawings(kind, seed=0)])
    ink = images / 255
    assert (np.abs(longer_side(images > 64) - 20) <= 1).all()
    assert np.abs(centre_of_mass(ink) - style.centre).max() < 0.5
    assert (images.max(axis=(1, 2)) == 255).all()
    assert (images[:, 0] == 0).all()
    assert (neighbours(images) == np.arange(10)).sum() >= 9


def test_images_of_the_set_pass_unchanged_in_either_polarity(dataset, style):
    images = dataset.test.images[:300]
    passed = [righted(image, style, SIZE) for image in images]
    turned = [righted(255 - image, style, SIZE) for image in images]
    assert np.mean([np.array_equal(a, b[..., 0]) for a, b in zip(passed, images, strict=True)]) > 0.99
    assert np.mean([np.array_equal(a, b[..., 0]) for a, b in zip(turned, images, strict=True)]) > 0.99


def test_an_image_of_the_set_that_was_moved_comes_back(dataset, style):
    image = dataset.test.images[0]
    moved = np.roll(image, (-3, 3), axis=(0, 1))
    back = righted(moved, style, SIZE)
    assert np.abs(back.astype(float) - image[..., 0]).mean() < np.abs(moved.astype(float) - image).mean() / 4


def test_the_polarity_may_be_told(style):
    drawing = np.full((100, 100, 1), 255, np.uint8)
    drawing[20:80, 45:55] = 0
    np.testing.assert_array_equal(righted(drawing, style, SIZE, inverted=True), righted(drawing, style, SIZE))
    assert righted(drawing, style, SIZE, inverted=False) is None  # nothing is brighter than the ground


def test_ink_is_painted_as_the_training_images_have_it(dataset):
    dark = ink_style(255 - dataset.train.images)
    drawing = np.zeros((100, 100, 3), np.uint8)
    drawing[20:80, 45:55] = 255
    seen = righted(drawing, dark, SIZE)
    assert (seen[0, 0], seen[14, 14]) == (255, 0)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((60, 40, 1), 200, np.uint8),
        np.random.default_rng(0).normal(128, 8, (200, 200, 1)).astype(np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((1, 500, 1), np.uint8),
    ],
)
def test_where_there_is_no_ink_none_is_found(style, pixels):
    assert righted(pixels, style, SIZE) is None


@pytest.mark.parametrize("paper", [0, 255, 200])
def test_a_drawing_on_one_ground_is_looked_at_where_it_is_and_seen_as_in_the_whole(style, paper, monkeypatch):
    board = np.full((150, 170, 1), paper, np.uint8)
    board[20:60, 30:36] = board[20:26, 30:60] = 255 - paper if paper != 200 else 20
    quickly = righted(board, style, (28, 28))
    monkeypatch.setattr(ink, "_box_on_one_ground", lambda _: None)
    # A level of grey is what sums in another order may be rounded to.
    np.testing.assert_allclose(quickly.astype(int), righted(board, style, (28, 28)).astype(int), atol=1)


def test_a_drawing_for_small_digits_fills_the_image_without_being_cut():
    images = load("digits").test.images
    style = ink_style(load("digits").train.images)
    hook = np.zeros((168, 168, 1), np.uint8)
    hook[30:42, 60:110] = hook[30:120, 98:110] = 255  # a seven, whose centre of mass lies high
    seen = righted(hook, style, (8, 8))
    assert min(seen[0].max(), seen[-1].max()) > 0.8 * 255
    passed = [np.array_equal(righted(image, style, (8, 8)), image[..., 0]) for image in images]
    assert np.mean(passed) > 0.97
    # Enlarged, laid anywhere and righted, an image comes back nearly as it was.
    large = [np.pad(np.kron(image[..., 0], np.ones((12, 12), np.uint8)), ((9, 3), (40, 5))) for image in images[:50]]
    back = np.stack([righted(each[..., None], style, (8, 8)) for each in large])
    aside = np.abs(back.astype(float) - images[:50, ..., 0]).mean(axis=(1, 2))
    assert np.median(aside) < 0.1 * 255
