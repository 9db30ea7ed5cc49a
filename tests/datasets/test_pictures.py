from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import from_arrays, load, picture, tile
from classlab.datasets.pictures import label_of
from classlab.errors import DataError


@pytest.fixture
def marked():
    """Forty images of one colour each, so that they are recognised when drawn."""
    images = np.zeros((40, 4, 6, 3), np.uint8)
    images[:] = np.random.default_rng(8).integers(20, 200, (40, 1, 1, 3))
    return from_arrays(
        images, np.arange(40) % 2, images[:4], [0, 1, 0, 1], class_names=["left", "right"], name="some/marked"
    )


def _colours(image):
    return {tuple(pixel) for pixel in np.asarray(image).reshape(-1, 3).tolist()}


def test_a_tile_shows_that_many_different_training_images(marked):
    drawn = _colours(tile(marked, seed=0, rows=2, columns=3))
    shown = [tuple(image[0, 0].tolist()) in drawn for image in marked.train.images]
    assert sum(shown) == 6


def test_the_seed_decides_what_a_tile_shows(marked):
    first, again, other = (tile(marked, seed=seed).tobytes() for seed in (1, 1, 2))
    assert first == again != other


def test_a_small_dataset_gives_a_small_tile(marked):
    few = from_arrays(marked.train.images[:4], [0, 1, 0, 1], marked.test.images, [0, 1, 0, 1])
    assert tile(few).height < tile(marked).height


@pytest.mark.parametrize(("rows", "columns"), [(0, 5), (5, 51), (-1, 1)])
def test_a_tile_of_no_or_too_many_images_is_refused(marked, rows, columns):
    with pytest.raises(DataError) as refusal:
        tile(marked, rows=rows, columns=columns)
    assert str(refusal.value) == (
        f"`rows` and `columns` must lie between 1 and 50, but got rows={rows}, columns={columns}. Try 5."
    )


@pytest.mark.parametrize(("split", "index"), [("train", 7), ("test", 3)])
def test_a_picture_shows_the_chosen_image_enlarged_by_whole_pixels(marked, split, index):
    pixels = np.asarray(picture(marked, split, index))
    colour = getattr(marked, split).images[index, 0, 0]
    assert (pixels == colour).all(axis=2).sum() == (4 * 56) * (6 * 56)


def test_a_large_image_is_drawn_smaller():
    images = np.random.default_rng(0).integers(0, 256, (4, 500, 700, 1), np.uint8)
    large = from_arrays(images, [0, 1, 0, 1], images, [0, 1, 0, 1])
    assert picture(large, "train", 0).size == picture(load("digits"), "train", 0).size


def test_long_and_strange_class_names_are_drawn(marked):
    names = ["x" * 300, "\x1b\n\u732b"]
    strange = from_arrays(marked.train.images, np.arange(40) % 2, class_names=names)
    assert tile(strange).size == tile(marked).size


@pytest.mark.parametrize(("split", "index", "last"), [("train", 40, 39), ("test", 4, 3), ("train", -1, 39)])
def test_an_image_that_is_not_there_is_refused(marked, split, index, last):
    for draw in (picture, label_of):
        with pytest.raises(DataError) as refusal:
            draw(marked, split, index)
        assert str(refusal.value) == (
            f"`index` must lie between 0 and {last}, the last {split} image of some/marked, but got index={index}. "
            "Choose another image."
        )


def test_an_unknown_split_is_refused(marked):
    with pytest.raises(DataError) as refusal:
        picture(marked, "validation", 0)
    assert str(refusal.value) == "`split` must be train or test, but got split='validation'. Say train:25, for example."


@pytest.mark.full_data
def test_the_images_of_the_course_carry_their_labels(full_data):
    mnist = load("mnist")
    assert label_of(mnist, "train", 25) == "2"
    assert label_of(mnist, "test", 500) == "3"
