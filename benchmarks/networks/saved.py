"""The networks as their authors hand them on: `.keras` files, which classlab reads without Keras.

    python -m benchmarks.networks.saved lstm lstm.keras

One with a layer of its author's own is none of them: only Keras, with the author's program loaded, can open its file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.networks.names import BROUGHT

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.networks.names import BroughtName

OWN: BroughtName = "own-layer"


def saved_at(folder: Path, network: str) -> Path:
    """Where a network's file lies among a command's."""
    return folder / f"{network}.keras"


def save_network(folder: Path, network: str) -> None:
    """Writes a network's file in a process of its own, unless it is there or cannot be."""
    path = saved_at(folder, network)
    if network in BROUGHT and network != OWN and not path.exists():
        command = [sys.executable, "-m", "benchmarks.networks.saved", network, str(path)]
        subprocess.run(command, check=True, env={**os.environ, "KERAS_BACKEND": "torch"})


def main() -> None:
    from benchmarks.networks.in_keras import keras_network

    name, path = sys.argv[1:]
    keras_network(name).save(path)  # type: ignore[arg-type]  # one of them, or nothing is built


if __name__ == "__main__":
    main()
