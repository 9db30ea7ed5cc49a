"""The page prepares a drawing and a picture as Python does."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets.ink import righted
from classlab.datasets.ink_style import InkStyle
from classlab.datasets.preparation import prepared
from classlab.records import to_plain
from classlab.records.preparation import Preparation
from tests.offline.drawings import DRAWINGS, in_javascript, photo, seven

MNIST = InkStyle(background=0.0, full=255.0, side=20.0, centre=(13.5, 13.6), apart=0.6, thinnest=1.6, thickest=3.4)
PAPER = InkStyle(background=255.0, full=240.0, side=20.0, centre=(13.5, 13.5), apart=0.6, thinnest=1.6, thickest=3.4)

SMALL = InkStyle(background=0.0, full=255.0, side=8.0, centre=(3.5, 3.6), apart=1.0, thinnest=1.4, thickest=2.2)


def right_in_node(in_node, pictures, style, size=(28, 28)):
    given = {
        "pictures": [in_javascript(each) for each in pictures],
        "style": {**vars(style)},
        "size": size,
    }
    code = """given.pictures.map(({ data, ...rest }) => (
        [...righted({ ...rest, data: Uint8Array.from(data) }, given.style, given.size) ?? []]))"""
    return [np.array(each, np.int64).reshape(-1, size[1]) for each in in_node(code, given)]


@pytest.mark.parametrize(
    ("style", "size", "most"),
    # Of 255: Pillow resizes in float32, and may count a pixel at an image's edge in or out.
    [(MNIST, (28, 28), 1), (PAPER, (28, 28), 1), (SMALL, (8, 8), 8)],
    ids=["bright ink", "dark ink", "ink that fills its image"],
)
def test_the_ink_of_a_drawing_is_righted_alike(in_node, style, size, most):
    found = right_in_node(in_node, DRAWINGS.values(), style, size)
    for name, mine in zip(DRAWINGS, found, strict=True):
        theirs = righted(DRAWINGS[name], style, size)
        assert np.abs(mine - theirs.astype(np.int64)).max() <= most, name


def test_the_ink_of_a_photo_is_righted_nearly_alike(in_node):
    pictures = [photo(seed) for seed in range(2)]
    for mine, picture in zip(right_in_node(in_node, pictures, MNIST), pictures, strict=True):
        theirs = righted(picture, MNIST, (28, 28)).astype(np.int64)
        assert np.abs(mine - theirs).max() <= 8  # of 255: Pillow rounds whole pixels by another arithmetic
        assert np.abs(mine - theirs).mean() < 0.2


def test_an_image_like_the_training_images_stays_as_it_is(in_node):
    made = righted(seven(), MNIST, (28, 28))
    turned = (255 - made)[..., None]
    first, second = right_in_node(in_node, [made[..., None], turned], MNIST)
    assert (np.array_equal(first, made), np.array_equal(second, made)) == (True, True)


def test_a_blank_picture_has_no_ink_and_one_stroke_through_all_of_it_has_none_either(in_node):
    pictures = [np.full((40, 50, 1), 255, np.uint8), seven(at=(0.1, 0.05), tall=0.9, width=0.14)]
    assert [righted(each, MNIST, (28, 28)) for each in pictures] == [None, None]
    assert [found.size for found in right_in_node(in_node, pictures, MNIST)] == [0, 0]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_brought_to_size_pixel_for_pixel(in_node, channels):
    rng = np.random.default_rng(channels)
    pictures = [
        rng.integers(0, 256, (height, width, 3 if place % 2 else 1), np.uint8)
        for place, (height, width) in enumerate([(28, 28), (56, 56), (31, 77), (90, 20), (11, 13), (280, 280)])
    ]
    ways = [
        Preparation(size=(28, 28), channels=channels, fit="stretch"),
        Preparation(size=(28, 28), channels=channels, fit="crop"),
        Preparation(size=(24, 32), channels=channels, fit="pad"),
        Preparation(size=(28, 28), channels=channels, fit="pad", fill=200),
    ]
    given = {"pictures": [in_javascript(each) for each in pictures], "ways": [to_plain(way) for way in ways]}
    code = """given.pictures.map(({ data, ...rest }) => given.ways.map((way) => (
        [...prepared({ ...rest, data: Uint8Array.from(data) }, way).data])))"""
    for picture, found in zip(pictures, in_node(code, given), strict=True):
        for way, mine in zip(ways, found, strict=True):
            np.testing.assert_array_equal(np.array(mine), prepared(picture, way).ravel(), err_msg=str(way))
