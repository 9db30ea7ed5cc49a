"""The one preparation against Keras's own layer, against Pillow, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from classlab.datasets.preparation import Window, border, fill_of, in_channels, prepared, sized, windows
from classlab.errors import SpecError
from classlab.models.keras_runtime import keras
from classlab.records.preparation import Preparation

# Pictures larger, smaller and of other proportions than the images; halving gives exact halves to round.
SIZES = [((40, 60), (16, 16)), ((9, 7), (16, 12)), ((32, 24), (16, 12)), ((33, 100), (12, 20)), ((20, 20), (20, 20))]


def _picture(size, channels, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*size, channels), np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize(("size", "target"), SIZES)
def test_every_pixel_is_that_of_keras_s_resizing(size, target, fit, channels):
    pixels = _picture(size, channels)
    layer = keras().layers.Resizing(
        *target,
        antialias=True,
        crop_to_aspect_ratio=fit == "crop",
        pad_to_aspect_ratio=fit == "pad",
        fill_value=200.0,
        dtype="float64",
        data_format="channels_last",
    )
    unrounded = np.asarray(layer(pixels[None].astype(np.float64)))[0]
    image = sized(pixels, Preparation(size=target, channels=channels, fit=fit, fill=200))
    assert (image == np.floor(unrounded + 0.5 - 2**-10)).all()


def test_stretching_is_pillow_s_to_a_rounding():
    pixels = _picture((50, 37), 3)
    image = sized(pixels, Preparation(size=(20, 16), channels=3))
    pillow = np.asarray(Image.fromarray(pixels).resize((16, 20), Image.Resampling.BILINEAR))
    assert np.abs(image.astype(int) - pillow).max() <= 1


def test_an_exact_half_is_rounded_down():
    pixels = np.array([[[10], [11]], [[10], [11]]], np.uint8)
    assert sized(pixels, Preparation(size=(1, 1), channels=1)).tolist() == [[[10]]]


def test_a_picture_of_the_right_size_is_left_as_it_is():
    pixels = _picture((6, 4), 1)
    for fit in ("stretch", "crop", "pad"):
        assert (prepared(pixels, Preparation(size=(6, 4), channels=1, fit=fit)) == pixels).all()


def test_a_picture_of_one_brightness_keeps_it():
    pixels = np.full((100, 31, 3), 255, np.uint8)
    assert (prepared(pixels, Preparation(size=(28, 28), channels=3, fit="pad")) == 255).all()


def test_padding_takes_the_border_of_the_picture_unless_a_brightness_is_given():
    pixels = np.full((4, 8, 1), 90, np.uint8)
    pixels[1:3, 1:7] = 7
    own = sized(pixels, Preparation(size=(8, 8), channels=1, fit="pad"))
    given = sized(pixels, Preparation(size=(8, 8), channels=1, fit="pad", fill=255))
    assert (own[0] == 90).all()
    assert (given[0] == 255).all()
    assert (given[2:6] == own[2:6]).all()


@pytest.mark.parametrize(
    ("size", "target", "fit", "rows", "columns"),
    [
        ((10, 20), (4, 4), "stretch", Window(0, 10), Window(0, 20)),
        ((10, 20), (4, 4), "crop", Window(0, 10), Window(5, 10)),
        ((20, 10), (4, 4), "crop", Window(5, 10), Window(0, 10)),
        ((10, 20), (4, 4), "pad", Window(-5, 20), Window(0, 20)),
        # One row too few to share: Keras leaves it out.
        ((10, 21), (4, 4), "pad", Window(-5, 20), Window(0, 21)),
        ((1, 1000), (4, 1), "crop", Window(0, 1), Window(499, 1)),
    ],
)
def test_windows_by_hand(size, target, fit, rows, columns):
    assert windows(size, target, fit) == (rows, columns)


def test_a_panorama_is_padded_without_the_memory_of_its_square():
    pixels = np.zeros((2, 40_000, 1), np.uint8)
    image = sized(pixels, Preparation(size=(8, 8), channels=1, fit="pad", fill=200))
    assert image.shape == (8, 8, 1)
    assert image.max() == 200


def test_colour_becomes_grey_by_luminance_as_in_pillow():
    pixels = _picture((30, 30), 3)
    assert (in_channels(pixels, 1)[..., 0] == np.asarray(Image.fromarray(pixels).convert("L"))).all()
    assert (in_channels(pixels[..., :1], 3) == pixels[..., :1]).all()


@pytest.mark.parametrize(("borders", "fill"), [([3, 9, 250], 0), ([255, 240, 0], 255), ([90, 120, 130], 120)])
def test_the_brightness_to_add_is_black_white_or_the_median(borders, fill):
    assert fill_of([np.array([float(each)]) for each in borders]) == fill


def test_the_border_is_the_median_of_the_outermost_pixels():
    pixels = np.zeros((5, 5, 3), np.uint8)
    pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1] = (9, 9, 9), (9, 9, 9), (9, 9, 9), (9, 9, 9)
    pixels[0, 0] = 255
    assert border(pixels).tolist() == [9.0, 9.0, 9.0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"size": (0, 4)},
            "`size` must be a height and a width from 1 to 4096, but got size=(0, 4). Write for example size=(32, 32).",
        ),
        (
            {"fill": 256},
            "`fill` must be a whole number from 0 to 255, or None, but got fill=256. Write for example fill=255.",
        ),
    ],
)
def test_a_preparation_holds_what_it_may(given, sentence):
    with pytest.raises(SpecError) as refused:
        Preparation(**{"size": (4, 4), "channels": 1, **given})
    assert str(refused.value) == sentence
