"""Small folders of pictures in sizes and proportions of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from classlab.datasets import read_picture
from classlab.datasets.preparation import in_channels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab import Run

SIZES = [(9, 14), (24, 20), (30, 11), (12, 10), (40, 61)]


def folder_of_pictures(place: Path, *, grey: bool = False) -> Path:
    """Two classes of five noisy pictures each."""
    rng = np.random.default_rng(1)
    for name, mean in (("bright", 190), ("dark", 60)):
        (place / "photos" / name).mkdir(parents=True)
        for number, size in enumerate(SIZES):
            pixels = np.clip(rng.normal(mean, 50, size if grey else (*size, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(place / "photos" / name / f"{number}.png")
    return place / "photos"


def pixels_of(path: Path, run: Run) -> NDArray[np.uint8]:
    """A picture as somebody gives it to the exported file: whole, in the channels that the file takes."""
    return in_channels(read_picture(path), run.record.spec.architecture.input_shape[2])
