"""A population on disk after every epoch: one safetensors file that is either the old state or the new one.

The file holds everything that the next epoch depends on, bit for bit: weights, optimizer state, histories and the
state of early stopping. Randomness needs no place in it, being a function of seed and epoch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classlab.errors import RecordError
from classlab.files.tensor_file import read_arrays, write_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Raised when the layout changes: a file of another layout is refused rather than misread. 2: it carries a digest.
_LAYOUT = 2
_WITHOUT_DIGEST = 1
_OLDER_NOTE = (
    "Resumed from a checkpoint of an older classlab, which carried no digest: a value that was damaged on the disk "
    "would not have been noticed."
)


@dataclass(frozen=True)
class State:
    """What a checkpoint holds.

    Args:
        facts: plain values: epoch, members, histories.
        arrays: by name.
        notes: what a run that goes on from it must say, each a sentence.
    """

    facts: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    notes: tuple[str, ...] = ()


def write_checkpoint(path: Path, state: State) -> None:
    """Replaces the file in one step: a kill at any moment leaves the old state or the new one.

    Raises:
        StorageError: the file cannot be written.
    """
    write_arrays(path, state.arrays, {"facts": json.dumps(state.facts | {"layout": _LAYOUT})})


def read_checkpoint(path: Path) -> State:
    """Reads a state back.

    A file of layout 1, from before version 0.2.0, has no digest; it is taken, and says so in the run's notes.

    Raises:
        RecordError: the file is damaged or of another layout.
        StorageError: the file cannot be opened.
    """
    try:
        arrays, header = read_arrays(path, proven=False)
        facts = json.loads(header["facts"])
        layout = facts.get("layout")
    except (RecordError, KeyError, ValueError, AttributeError, RecursionError) as problem:
        raise RecordError(f"the checkpoint {path} is damaged ({problem}). Delete it and train again.") from None
    if layout not in (_LAYOUT, _WITHOUT_DIGEST):
        raise RecordError(
            f"the checkpoint {path} has layout {layout}, but this classlab reads layout {_LAYOUT}. "
            "Finish the run with the version that began it, or train again."
        )
    return State(facts=facts, arrays=arrays, notes=(_OLDER_NOTE,) if layout == _WITHOUT_DIGEST else ())
