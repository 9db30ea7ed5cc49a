"""Most memory of commands on a folder of large pictures, beside the same commands on few of them.

    python -m benchmarks.large_pictures [--pictures 6000] [--few 400] [--side 224] [--folder FOLDER]

Draws the pictures (blurred noise, 10 classes, JPEG in color), then looks at the data, trains a small convolutional
network for one epoch, computes a backbone's features and trains a head on them, and evaluates both. What a command
holds at most is the system's figure for its process and those that it started, pages of mapped files among them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.tree_memory import TreeMemory

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASSES = 10
MIB = 2**20


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=6000)
    parser.add_argument("--few", type=int, default=400)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--folder", type=Path, help="where the pictures are kept for another measurement")
    options = parser.parse_args(arguments)

    from classlab.datasets.safe_read.limits import amount

    with tempfile.TemporaryDirectory() as scratch:
        root = options.folder or Path(scratch)
        rows: dict[str, list[int]] = {}
        for count in (options.few, options.pictures):
            folder = draw(root / f"{count}-of-{options.side}", count=count, side=options.side)
            for title, command in commands(folder, options.side, Path(scratch) / str(count)).items():
                rows.setdefault(title, []).append(peak(command, cache=Path(scratch) / f"cache-{count}"))
                print(f"{count:,} pictures, {title}: {amount(rows[title][-1])} at most", flush=True)
        pixels = options.side**2 * 3
        print(f"\n{options.pictures:,} pictures are {amount(options.pictures * pixels)} of pixels.")
        for title, (few, many) in rows.items():
            print(f"{title}: {(many - few) / MIB:+,.0f} MiB over {options.few:,} pictures")


def commands(folder: Path, side: int, runs: Path) -> dict[str, list[str]]:
    """What is run, by its title."""
    taken = ["--data", str(folder), "--size", f"{side}x{side}", "--epochs", "1", "--quiet"]
    backbone = ["--backbone", "mobilenet_v2", "--backbone-weights", "none"]
    return {
        "data": ["data", str(folder), "--size", f"{side}x{side}", "--no-tile", "--quiet"],
        "train cnn-small": ["train", *taken, "--model", "cnn-small", "-o", str(runs / "cnn")],
        "train linear on mobilenet_v2": ["train", *taken, "--model", "linear", *backbone, "-o", str(runs / "head")],
        "evaluate cnn-small": ["evaluate", str(runs / "cnn"), "--data", str(folder), "--quiet"],
        "predict a class by cnn-small": ["predict", str(runs / "cnn"), str(folder / "class-0"), "--quiet"],
    }


def peak(command: Sequence[str], *, cache: Path) -> int:
    """Bytes that a command held at most, with all that it started."""
    whole = [sys.executable, "-m", "classlab", *command]
    process = subprocess.Popen(whole, stdout=subprocess.DEVNULL, env=os.environ | {"CLASSLAB_CACHE": str(cache)})
    with TreeMemory(process.pid) as tree:
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(whole)} ended with {os.waitstatus_to_exitcode(status)}")
    return max(used.ru_maxrss * 1024, tree.peak)


def draw(folder: Path, *, count: int, side: int) -> Path:
    """Pictures of blurred noise in class folders; those that are there already stay."""
    from PIL import Image

    random = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"class-{number % CLASSES}" / f"{number:05}.jpg"
        grain = random.integers(0, 256, (side // 8, side // 8, 3), np.uint8)
        grain[..., 0] = grain[..., 0] // 2 + 12 * (number % CLASSES)  # what there is to learn
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(grain).resize((side, side), Image.Resampling.BICUBIC).save(path, quality=80)
    return folder


if __name__ == "__main__":
    main()
