from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets.pixel_values import RAW, to_pixels
from classlab.errors import DataError

PIXELS = np.random.default_rng(1).integers(0, 256, (40, 5, 4), np.uint8)
PIXELS[0, 0, :2] = (0, 255)


def _turned(images):
    notes = []
    (found,) = to_pixels([("x", images)], notes.append)
    return found, notes


def _refusal(images):
    with pytest.raises(DataError) as refusal:
        _turned(images)
    return str(refusal.value)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    ("scaled", "words"),
    [
        (lambda pixels: pixels / 255, ", divided by 255,"),
        (lambda pixels: pixels / 256, ", divided by 256,"),
        (lambda pixels: pixels / 127.5 - 1, ", scaled to lie between -1 and 1,"),
        (lambda pixels: pixels / 128 - 1, ", scaled to lie between -1 and 1,"),
        (lambda pixels: pixels * 1.0, ""),
    ],
)
def test_what_was_scaled_in_a_usual_way_is_turned_back_exactly(kind, scaled, words):
    found, notes = _turned(scaled(PIXELS).astype(kind))
    assert (found == PIXELS).all()
    assert notes == [f"x came as {np.dtype(kind)}{words} and was turned back to uint8."]


@pytest.mark.parametrize(
    ("images", "kind", "low", "high"),
    [
        (((PIXELS / 255 - 0.1307) / 0.3081).astype(np.float32), "float32", "-0.424", "2.82"),
        (PIXELS / 255 - 0.5, "float64", "-0.5", "0.5"),
        (PIXELS / 2, "float64", "0", "128"),
        (PIXELS.astype(np.int8), "int8", None, None),
        (PIXELS.astype(np.int64) * 257, "int64", "0", "6.55e+04"),
    ],
)
def test_black_and_white_give_any_other_scaling_away(images, kind, low, high):
    if low is None:
        images, low, high = (PIXELS.astype(int) - 128).astype(np.int8), "-128", "127"
    found, notes = _turned(images)
    assert (found == PIXELS).all()
    assert notes == [
        f"x came as {kind} from {low} to {high} in 256 even steps, as 0 to 255 scaled by one rule, and was turned back "
        "to uint8."
    ]


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.int64, np.float32])
def test_images_of_0_and_1_become_black_and_white_whatever_their_type(kind):
    found, notes = _turned((PIXELS > 127).astype(kind))
    assert (found == np.where(PIXELS > 127, 255, 0)).all()
    assert notes[0].startswith(f"x came as {np.dtype(kind)}")


def test_one_rule_holds_for_all_splits():
    dark = PIXELS[:1] // 2
    notes = []
    whole = to_pixels([("x", PIXELS / 255), ("t", dark / 255)], notes.append)
    assert (whole[1] == dark).all()
    assert (to_pixels([("x", PIXELS), ("t", PIXELS[:1] // 255)], notes.append)[1] <= 1).all()


def test_values_in_between_are_rounded_where_the_range_is_known():
    rng = np.random.default_rng(2)
    found, notes = _turned(rng.random((5, 4, 4)))
    assert notes == ["x came as float64 between 0 and 1, was multiplied by 255 and rounded to uint8."]
    moved = np.clip(PIXELS + 0.3, 0, 255)
    found, notes = _turned(moved)
    assert np.abs(found - moved).max() <= 0.5
    assert notes == ["x came as float64 between 0 and 255 and was rounded to uint8."]


@pytest.mark.parametrize("axis", [1, 2])
def test_images_of_unit_length_are_refused(axis):
    lengths = np.linalg.norm(PIXELS.astype(float), axis=axis, keepdims=True)
    assert _refusal(PIXELS / np.where(lengths == 0, 1, lengths)) == (
        "images must be pixels, but x was divided by its own length (as keras.utils.normalize does), which cannot be "
        f"undone. {RAW}"
    )
