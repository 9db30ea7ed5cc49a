from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import from_arrays
from classlab.datasets.image_layout import to_layout, without_alpha
from classlab.errors import DataError

IMAGES = np.random.default_rng(4).integers(0, 256, (10, 6, 6, 3), np.uint8)
GREY = IMAGES[..., 0]


def _laid(images, **options):
    notes = []
    return to_layout("x", images, count=10, note=notes.append, **options), notes


def test_channels_last_pass_without_a_word():
    for images in (GREY, IMAGES, IMAGES[..., :1]):
        found, notes = _laid(images)
        assert (found is images, notes) == (True, [])


def test_channels_first_are_moved():
    found, notes = _laid(np.moveaxis(IMAGES, -1, 1))
    assert (found == IMAGES).all()
    assert notes == ["x came as (10, 3, 6, 6) with channels first; they were moved to the last axis."]


def test_images_along_the_last_axis_are_moved_as_matlab_keeps_them():
    found, notes = _laid(np.moveaxis(IMAGES, 0, -1))
    assert (found == IMAGES).all()
    assert notes == ["x came as (6, 6, 3, 10) with the images as its last axis, which was moved to the front."]


def test_flat_images_become_square():
    found, notes = _laid(GREY.reshape(10, 36))
    assert (found == GREY).all()
    assert notes == ["x came flat, with 36 pixels for each image, and was brought to 6 x 6."]
    assert _laid(GREY.reshape(10, 36), size=(4, 9))[0].shape == (10, 4, 9)


@pytest.mark.parametrize("planes", [False, True])
def test_flat_colour_images_are_read_in_the_smoother_order(planes):
    ramp = np.linspace(0, 90, 8).astype(np.uint8)
    smooth = ramp[None, None, :, None] + np.array([0, 60, 120], np.uint8) + np.zeros((10, 8, 1, 1), np.uint8)
    flat = (np.moveaxis(smooth, -1, 1) if planes else smooth).reshape(10, -1)
    found, notes = _laid(flat)
    assert (found == smooth).all()
    order = "plane after plane, as is smoother than pixel by pixel" if planes else "pixel by pixel"
    assert notes == [
        f"x came flat, with 192 values for each image, and was brought to 8 x 8 with 3 channels, read {order}."
    ]


def test_flat_images_that_are_not_square_ask_for_their_size():
    with pytest.raises(DataError) as refusal:
        _laid(np.zeros((10, 20)))
    assert str(refusal.value) == (
        "flat images must have a square number of pixels, once or three times, but x has 20 for each. Say their height "
        "and width, as in FILE#size=28x20, or reshape them to (images, height, width)."
    )


@pytest.mark.parametrize("shape", [(10,), (10, 5, 5, 5), (10, 2, 2, 2, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(DataError) as refusal:
        _laid(np.zeros(shape))
    assert str(refusal.value) == (
        "images must have the shape (images, height, width), perhaps with 1, 3 or 4 channels, or (images, pixels), but "
        f"x has {shape}. Reshape them, for example to (images, 28, 28)."
    )


def _with_alpha(ink, paper):
    shapes = GREY > 127
    colour = np.full((*GREY.shape, 3), ink, np.uint8)
    expected = np.where(shapes, ink, paper)
    return np.concatenate([colour, np.where(shapes, 255, 0)[..., None].astype(np.uint8)], axis=-1), expected


@pytest.mark.parametrize(("ink", "paper", "word"), [(0, 255, "white"), (255, 0, "black")])
def test_transparent_images_are_laid_on_what_their_ink_stands_out_from(ink, paper, word):
    images, expected = _with_alpha(ink, paper)
    notes = []
    assert (without_alpha("x", images, notes.append) == expected).all()
    assert notes == [f"x came with transparent pixels, which were laid on {word}."]


def test_half_transparent_pixels_are_mixed_as_pillow_mixes_them():
    from PIL import Image

    images = np.random.default_rng(5).integers(0, 128, (3, 4, 4, 4), np.uint8)
    theirs = []
    for image in images:
        page = Image.new("RGBA", (4, 4), (255, 255, 255, 255))
        theirs.append(np.asarray(Image.alpha_composite(page, Image.fromarray(image)).convert("RGB")).astype(int))
    assert np.abs(without_alpha("x", images, lambda _: None).astype(int) - np.stack(theirs)).max() <= 1


def test_full_opacity_is_left_out():
    opaque = np.concatenate([IMAGES, np.full((10, 6, 6, 1), 255, np.uint8)], axis=-1)
    dataset = from_arrays(opaque, np.arange(10) % 2, opaque, np.arange(10) % 2)
    assert (dataset.train.images == IMAGES).all()
    assert dataset.notes[0] == "x_train came with an opacity that is full everywhere; it was left out."
