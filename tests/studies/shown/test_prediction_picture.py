from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from classlab.studies.shown.pictures import prediction_picture

BLUE = (52, 102, 196)
GREY = (170, 178, 190)


def drawn(pixels: np.ndarray, shares: list[float], names: list[str] | None = None) -> np.ndarray:
    names = names or [str(position) for position in range(len(shares))]
    png = prediction_picture(pixels, np.array(shares, np.float32), names, title="a.png: 1")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def width_of(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture == colour).all(-1).sum(1).max())


def test_bars_are_as_long_as_the_probabilities():
    picture = drawn(np.zeros((28, 28, 1), np.uint8), [0.25, 0.75])
    assert width_of(picture, BLUE) == 0.75 * 260 + 1  # both ends are drawn
    assert width_of(picture, GREY) == 0.25 * 260 + 1


def test_the_input_is_shown_enlarged():
    pixels = np.zeros((28, 28, 3), np.uint8)
    pixels[:14] = (255, 0, 255)
    assert width_of(drawn(pixels, [0.5, 0.5]), (255, 0, 255)) == 280


@pytest.mark.parametrize("shares", [[float("nan"), 0.5], [-3.0, 7.0], [0.001] * 1000])
def test_odd_scores_and_many_classes_are_drawn_too(shares):
    assert drawn(np.zeros((8, 300, 1), np.uint8), shares, ["name\n" * 30] * len(shares)).shape[2] == 3
