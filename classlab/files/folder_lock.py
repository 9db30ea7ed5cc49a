"""One writer per folder: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from classlab.errors import ClasslabError, LockedError, unwritable
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.files.read_file import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_FILE = ".lock"
_HOLDER_LIMIT = 10_000  # bytes; a process and a host have some fifty
_HOLDER_FILE = ".lock-holder.json"  # beside the lock: a locked file cannot be read on every system


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Holds the folder for writing; creates it where it is missing.

    The operating system's own file lock is used, so a holder that was killed leaves nothing to clean up and a
    slow one is never robbed. A folder that was made for it goes where an error leaves nothing in it.

    Raises:
        LockedError: another process is writing to the folder.
        StorageError: the folder cannot be created or written.
    """
    bare, new = False, not folder.exists()
    make_folder(folder)
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockedError(
            f"only one process may write to {folder}, but {_holder(folder)} is doing so. "
            "Wait for it to finish, stop it, or choose another folder."
        ) from None
    except OSError as refusal:
        strange = (folder / LOCK_FILE).is_symlink() or (folder / LOCK_FILE).is_dir()
        raise unwritable(folder / LOCK_FILE if strange else folder, refusal) from refusal
    try:
        _sign(folder)
        yield
    except ClasslabError:
        bare = new
        raise
    finally:
        with suppress(OSError):
            (folder / _HOLDER_FILE).unlink(missing_ok=True)
        lock.release()
        if bare:
            _remove_bare(folder)


def _remove_bare(folder: Path) -> None:
    with suppress(OSError):
        if {each.name for each in folder.iterdir()} <= {LOCK_FILE}:  # nobody else has signed meanwhile
            (folder / LOCK_FILE).unlink(missing_ok=True)
            folder.rmdir()


def _sign(folder: Path) -> None:
    who = {"pid": os.getpid(), "host": socket.gethostname()}
    write_atomically(folder / _HOLDER_FILE, json.dumps(who).encode())


def writer_of(folder: Path) -> int | None:
    """The process that writes to a folder, as far as it can be told without taking the lock; None for nobody.

    One that was killed could not sign off; on this host it is known to be gone.
    """
    found = _signature(folder)
    if found is None:
        return None
    process, host = found
    if host == socket.gethostname() and os.name == "posix":
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return None
        except (OSError, OverflowError):
            return process  # somebody else's
    return process


def _holder(folder: Path) -> str:
    found = _signature(folder)
    return "another process" if found is None else f"process {found[0]} on {found[1][:80]!r}"


def _signature(folder: Path) -> tuple[int, str] | None:
    try:
        who = json.loads(read_file(folder / _HOLDER_FILE, limit=_HOLDER_LIMIT))
        return int(who["pid"]), str(who["host"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
