"""Cuts a folder of photographs of three grounds out of three large ones, for the tutorial to begin with.

    python examples/photographs/cut.py photos

The large photographs are in the public domain (CC0): brick and gravel by CC0Textures (Bricks25, Gravel04), grass as in
scikit-image 0.26, from whose `skimage.data` all three were taken. Training pictures come from the left two thirds of
each and test pictures from the right third, so that no piece of ground is in both.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

HERE = Path(__file__).resolve().parent
GROUNDS = ("brick", "grass", "gravel")
PARTS = {"train": (0, 341, 60), "test": (341, 512, 20)}  # columns of a large photograph, and pictures of each ground
SIDES = (70, 160)  # pixels, the shortest and the longest side


def cut(folder: Path) -> None:
    """Writes `folder/train/brick/001.jpg` and so on, and three new pictures and a broken one into `folder-new`."""
    generator = np.random.default_rng(0)
    for ground in GROUNDS:
        with Image.open(HERE / f"{ground}.jpg") as large:
            for part, (left, right, pictures) in PARTS.items():
                place = folder / part / ground
                place.mkdir(parents=True, exist_ok=True)
                for number in range(1, pictures + 1):
                    piece(large.crop((left, 0, right, large.height)), generator).save(place / f"{number:03}.jpg")
            new = folder.with_name(f"{folder.name}-new")
            new.mkdir(exist_ok=True)
            piece(large.crop((341, 0, 512, large.height)), generator).save(new / f"a-{ground}.jpg")
    whole = (new / "a-grass.jpg").read_bytes()
    (new / "broken.jpg").write_bytes(whole[: len(whole) // 2])


def piece(large: Image.Image, generator: np.random.Generator) -> Image.Image:
    """A piece of any size and proportions, taken on a day of any brightness."""
    width, height = (int(side) for side in generator.integers(*SIDES, size=2, endpoint=True))
    left = int(generator.integers(0, large.width - width, endpoint=True))
    top = int(generator.integers(0, large.height - height, endpoint=True))
    return ImageEnhance.Brightness(large.crop((left, top, left + width, top + height))).enhance(
        float(generator.uniform(0.7, 1.3))
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where to put them; must not exist yet")
    wanted = parser.parse_args().folder
    if wanted.exists():
        parser.error(f"{wanted} exists already. Give another name.")
    cut(wanted)
