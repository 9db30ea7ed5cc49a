"""What processes that were killed left half-written: named for the user, and removed by nobody else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from classlab.errors import shown
from classlab.files.atomic_file import is_temporary
from classlab.files.folder_lock import writer_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def half_written(folder: Path, *, within: Sequence[str] = ("",)) -> list[Path]:
    """Temporary files in a folder that nobody writes to, at any depth; none while somebody does, whose they may be.

    Args:
        folder: the one that is locked for writing.
        within: folders in it that are looked through; `.` for the files of the folder itself.
    """
    if writer_of(folder) not in (None, os.getpid()):
        return []
    found: list[Path] = []
    for name in within:
        for place, folders, names in os.walk(folder / name):
            if name == ".":
                folders.clear()
            found += [folder / name / place / each for each in names if is_temporary(each)]
    return sorted(found)


def half_written_sentence(found: Sequence[Path]) -> str | None:
    """Says which they are; None where there are none."""
    if not found:
        return None
    several = len(found) > 1
    which = f"{len(found):,} files were left half-written, {shown(found[0])} the first" if several else (
        f"{shown(found[0])} was left half-written"
    )  # fmt: skip
    return (
        f"{which}, by a process that was killed. Nothing reads {'them' if several else 'it'}; "
        f"remove {'them' if several else 'it'} when you like."
    )
