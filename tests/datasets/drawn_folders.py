"""Pictures that tests write into folders: each has a brightness of its own, by which it is known again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from classlab.datasets import load
from classlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def draw(path: Path, value: int = 7, **options: object) -> None:
    """Writes a picture of 4x5 pixels with one dark corner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((4, 5), value, np.uint8)
    pixels[0, 0] = 0
    Image.fromarray(pixels).save(path, **options)


def draw_classes(root: Path, names: str | tuple[str, ...] = "ab", *, count: int = 4, first: int = 10) -> None:
    """Writes class folders; the pictures' brightnesses count on from `first`."""
    for label, name in enumerate(names):
        for number in range(count):
            draw(root / name / f"{number}.png", first + label * count + number)


def values(split: object) -> list[int]:
    """The brightness of each image of a split."""
    return split.images[:, 1, 1, 0].tolist()  # type: ignore[attr-defined]


def refusal(path: Path, **options: object) -> str:
    """The sentence that a path is refused with, the path itself as ROOT."""
    try:
        load(str(path), **options)
    except DataError as problem:
        return str(problem).replace(str(path), "ROOT")
    raise AssertionError("it was not refused")
