"""How many own drawings of digits are named rightly, and how many pictures that are no digits are flagged.

    python -m benchmarks.own_pictures
    python -m benchmarks.own_pictures --seeds 100 101 102 --hands round --model mlp --epochs 5

Trains a network on `mnist5k` and hands it drawings and other pictures as `classlab predict` does. MNIST's test images
and Fashion-MNIST are asked for as well where they are at hand.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import classlab
from classlab.errors import ClasslabError
from classlab.studies.shown.pictures import read_foreign_picture
from tests.datasets.own_drawings import KINDS, drawings
from tests.datasets.strangers import letters, patterns, photographs

_MNIST_IMAGES = 2000  # each becomes a file, which takes longer than its prediction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

    from classlab.studies.runs.run import Run


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    run = classlab.fit("mnist5k", options.model, epochs=options.epochs, seed=options.seed)
    print(f"{options.model}, {options.epochs} epochs of mnist5k, seed {options.seed}\n")
    print("| kind | as it is | righted | flagged |\n| --- | ---: | ---: | ---: |")
    digits = np.tile(np.arange(10), len(options.seeds))
    for kind in KINDS:
        pictures = [each for seed in options.seeds for each in drawings(kind, seed=seed, hands=tuple(options.hands))]
        plain, seen = seen_of(run, pictures, righting=False), seen_of(run, pictures)
        right = [int((run.predict(images).argmax(axis=1) == digits).sum()) for images in (plain, seen)]
        print(f"| {kind} | {right[0]} | {right[1]} of {len(digits)} | {flagged(run, seen):.1%} |", flush=True)
    print("\n| pictures | number | flagged |\n| --- | ---: | ---: |")
    for name, images in _others(run, options).items():
        print(f"| {name} | {len(images)} | {flagged(run, images):.1%} |", flush=True)


def seen_of(run: Run, pictures: Sequence[Image], *, righting: bool = True) -> NDArray[np.uint8]:
    """What the network sees of pictures, `(pictures, height, width, channels)`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        seen = []
        for picture in pictures:
            picture.save(file)
            style = run.ink_style if righting else None
            seen.append(read_foreign_picture(file, run.preparation, style=style).pixels)
    return np.stack(seen)


def flagged(run: Run, images: NDArray[np.uint8]) -> float:
    """The share of images that count as unlike the training images."""
    unlike = run.unlikeness(images)
    if unlike is None:
        raise SystemExit("The run has no calibration: it needs 100 validation images.")
    return float(unlike.alarms.mean())


def _others(run: Run, options: argparse.Namespace) -> dict[str, NDArray[np.uint8]]:
    seed = options.others
    found = {
        "test images of mnist5k": classlab.load("mnist5k").test.images,
        "letters": seen_of(run, letters(210, seed=seed)),
        "photographs": seen_of(run, photographs(200, seed=seed)),
        "patterns": seen_of(run, patterns(200, seed=seed)),
    }
    try:
        mnist, clothes = classlab.load("mnist").test, classlab.load("fashion_mnist").test
    except ClasslabError as problem:
        print(f"(without the complete sets: {problem})")
        return found
    found["test images of MNIST"] = mnist.images
    found["clothes"] = _through_files(run, clothes.images[:300])
    own = mnist.spread(_MNIST_IMAGES)
    for name, images in (("as they are", own.images), ("righted", _through_files(run, own.images))):
        accuracy = (run.predict(images).argmax(axis=1) == own.labels).mean()
        print(f"accuracy on {len(own):,} test images of MNIST, {name}: {accuracy:.4f}", file=sys.stderr)
    return found


def _through_files(run: Run, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from PIL import Image

    return seen_of(run, [Image.fromarray(image[..., 0]) for image in images])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="cnn", help="built-in model (cnn)")
    parser.add_argument("--epochs", type=int, default=5, help="(5)")
    parser.add_argument("--seed", type=int, default=0, help="of the training (0)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="of the drawings, ten of each kind (0)")
    parser.add_argument("--hands", nargs="+", default=["plain", "school"], help="plain, school, round (the first two)")
    parser.add_argument("--others", type=int, default=0, help="seed of letters, photographs and patterns (0)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
