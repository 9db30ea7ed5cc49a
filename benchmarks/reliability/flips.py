"""One flipped bit in the checkpoint of a training that was killed: resuming must refuse, not train on."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.reliability.command import Subject

_FILE = "checkpoint.safetensors"
_TRAIN = [
    "train",
    "--data",
    "digits",
    "--model",
    "mlp",
    "--units",
    "32",
    "--epochs",
    "900",
    "--limit",
    "300",
    "--quiet",
    "-o",
]


def killed(subject: Subject, folder: Path) -> Path:
    """A training that was killed after its first checkpoint."""
    place = folder / "killed"
    line = [subject.python, "-m", "classlab.cli.main", *_TRAIN, str(place)]
    environment = {"CLASSLAB_DATA": ""} | ({} if subject.tree is None else {"PYTHONPATH": str(subject.tree)})
    with subprocess.Popen(line, cwd=folder, env={**os.environ, **environment}) as process:
        while not (place / _FILE).exists() and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    for leftover in (*place.glob("*.partial"), *place.glob(".*.tmp")):
        leftover.unlink()
    return place


def trials(subject: Subject, folder: Path, count: int) -> Iterator[tuple[str, bool]]:
    """Flips bits of the values, one per trial; right is an exit code other than 0."""
    place, chance = killed(subject, folder), random.Random(3)  # noqa: S311  (places of planted faults)
    whole = (place / _FILE).read_bytes()
    values = 8 + int.from_bytes(whole[:8], "little")
    for _ in range(count):
        changed, spot = bytearray(whole), chance.randrange(values, len(whole))
        changed[spot] ^= 1 << chance.randrange(8)
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(place, copy)
        (copy / _FILE).write_bytes(changed)
        done = subject.run(*_TRAIN, copy, "--resume", folder=folder)
        yield f"byte {spot}: code {done.returncode}", done.returncode not in (0, 1, 124)
