"""A large database that was found whole is not read through again while nobody touches its file.

Reading all of it costs 8 ms per MB: nothing for a thousand runs, half a minute for a hundred thousand. What is
compared is what the system says of the file; whoever changes it, by whatever program, changes that as well.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from classlab.errors import StorageError
from classlab.files.atomic_file import write_atomically
from classlab.files.read_file import read_file

if TYPE_CHECKING:
    from pathlib import Path

ALWAYS_READ = 32 * 2**20  # bytes; so much is read through at every opening, in a quarter of a second
_NOTE = ".store-checked.json"
_LIMIT = 1000  # bytes; four numbers have some eighty


def is_as_checked(path: Path) -> bool:
    """Whether the file is as it was when all of it was last found to be whole; never of a small one."""
    if path.stat().st_size <= ALWAYS_READ:
        return False
    with suppress(StorageError, ValueError):
        return bool(json.loads(read_file(path.with_name(_NOTE), limit=_LIMIT)) == _state(path))
    return False


def note_checked(path: Path) -> None:
    """Notes that the file is whole as it stands; where nothing may be written, it will be read through again."""
    if path.stat().st_size > ALWAYS_READ:
        with suppress(StorageError):
            write_atomically(path.with_name(_NOTE), json.dumps(_state(path)).encode())


def _state(path: Path) -> list[int]:
    """What a change cannot leave alone: a copied file has another number and another time of its last change."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
