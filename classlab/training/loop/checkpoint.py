"""A population on disk after every epoch: one safetensors file that is either the old state or the new one.

The file holds everything that the next epoch depends on, bit for bit: weights, optimizer state, histories and the
state of early stopping. Randomness needs no place in it, being a function of seed and epoch.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from classlab.errors import RecordError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Raised when the layout changes: a file of another layout is refused rather than misread.
_LAYOUT = 1


@dataclass(frozen=True)
class State:
    """What a checkpoint holds.

    Args:
        facts: plain values: epoch, members, histories.
        arrays: by name.
    """

    facts: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def write_checkpoint(path: Path, state: State) -> None:
    """Replaces the file in one step: a kill at any moment leaves the old state or the new one.

    Raises:
        StorageError: the file cannot be written.
    """
    facts = json.dumps(state.facts | {"layout": _LAYOUT})
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(save(state.arrays, metadata={"facts": facts}))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as problem:
        raise StorageError(
            f"the checkpoint {path} could not be written ({problem.strerror}). Free space or choose another folder."
        ) from problem
    finally:
        # There is nothing left to remove after success; an interruption from the keyboard leaves the partial file.
        with suppress(OSError):
            partial.unlink()


def read_checkpoint(path: Path) -> State:
    """Reads a state back.

    Raises:
        RecordError: the file is damaged or of another layout.
        StorageError: the file cannot be opened.
    """
    try:
        with safe_open(path, framework="np") as file:
            facts = json.loads((file.metadata() or {})["facts"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, KeyError, ValueError) as problem:
        raise RecordError(f"the checkpoint {path} is damaged ({problem}). Delete it and train again.") from None
    except OSError as problem:
        raise StorageError(f"the checkpoint {path} could not be read ({problem}). Check the path.") from problem
    if facts.get("layout") != _LAYOUT:
        raise RecordError(
            f"the checkpoint {path} has layout {facts.get('layout')}, but this classlab reads layout {_LAYOUT}. "
            "Finish the run with the version that began it, or train again."
        )
    return State(facts=facts, arrays=arrays)
