"""Files that are complete or absent: a temporary name, flushed to disk, then renamed into place."""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.errors import ClasslabError, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LONGEST_NAME = 200  # characters of a name that a temporary one keeps; systems take 255 bytes
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp", re.DOTALL)
_STREAMS = ("/dev/stdin", "/dev/stdout", "/dev/stderr")
_DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/")


def write_atomically(path: Path, content: bytes | Iterable[bytes], *, lasting: bool = True) -> None:
    """Writes a whole file so that, whatever happens meanwhile, `path` holds the old content or the new.

    The temporary file lies in the same folder (a rename across file systems is a copy), its name cannot meet
    another writer's, and it goes away when writing fails. The folder is flushed too: a rename that only
    lives in memory would be undone by a power cut.

    A symbolic link stays and the file that it names is replaced. What is no regular file, as a pipe, a device or
    `/dev/stdout`, is written into and never replaced.

    Args:
        path: where the file ends up; its folder must exist.
        content: every byte of it, at once or piece by piece: all of them together may not fit into memory.
        lasting: whether it must outlive a power cut; flushing takes milliseconds.

    Raises:
        StorageError: the disk is full, the folder is read-only, or any other refusal of the system.
    """
    pieces = (content,) if isinstance(content, bytes) else content
    try:
        own = _own_descriptor(path)
        if own is not None:
            _write_into(os.dup(own), pieces)  # a second opening of a file would begin at its front again
        elif _is_stream(path):
            # Without waiting: a pipe that nobody reads is refused instead of holding the command for ever.
            _write_into(os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)), pieces)
        else:
            _replace(Path(os.path.realpath(path)) if path.is_symlink() else path, pieces, lasting=lasting)
    except ClasslabError:
        raise  # of whoever makes the pieces
    except (OSError, ValueError) as refusal:
        raise unwritable(path, refusal) from refusal


def write_text(path: Path, text: str) -> None:
    """The same of a text in UTF-8; what UTF-8 cannot hold, as a file name of stray bytes, gets a question mark.

    Raises:
        StorageError: as `write_atomically`.
    """
    write_atomically(path, text.encode("utf-8", "replace"))


def check_place(path: Path) -> None:
    """Refuses a file that cannot be written, before the work whose result it is to hold; leaves everything as it is.

    Raises:
        StorageError: the name is too long, its folder is not there or takes no files.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), path)
        if _own_descriptor(path) is None and not _is_stream(path):  # which also looks whether the system takes the name
            temporary = _temporary(Path(os.path.realpath(path)))
            temporary.touch(exist_ok=False)
            temporary.unlink()
    except (OSError, ValueError) as refusal:
        raise unwritable(path, refusal) from refusal


def is_temporary(name: str) -> bool:
    """Whether a file of this name is one that is being written, or that a killed process did not finish."""
    return _TEMPORARY.fullmatch(name) is not None


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name[:_LONGEST_NAME]}.{secrets.token_hex(6)}.tmp")


def _replace(path: Path, pieces: Iterable[bytes], *, lasting: bool) -> None:
    temporary = _temporary(path)
    try:
        with temporary.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        temporary.replace(path)
        if lasting:
            _flush_folder(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _is_stream(path: Path) -> bool:
    """Whether the name leads to something that takes bytes and keeps its own place."""
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


def _own_descriptor(path: Path) -> int | None:
    """The number of this process's open file that the name stands for, as 1 for `/dev/stdout`."""
    name = str(path.readlink()) if str(path) in _STREAMS and path.is_symlink() else str(path)
    number = name.rpartition("/fd/")[2]
    return int(number) if name.startswith(_DESCRIPTORS) and number.isdecimal() else None


def _write_into(descriptor: int, pieces: Iterable[bytes]) -> None:
    os.set_blocking(descriptor, True)
    with open(descriptor, "wb") as file:
        file.writelines(pieces)


def link_or_copy(sources: Sequence[Path], path: Path) -> None:
    """Gives a file that is written once and never changed a further name; a copy where no link can be made.

    Args:
        sources: where the file lies, one place or several; the first that can be linked is.
        path: the further name, whose folder must exist; another file of that name is replaced.

    Raises:
        StorageError: the system refuses, or no source is there.
    """
    temporary = _temporary(path)
    for source in sources:
        with suppress(OSError, NotImplementedError):  # another disk, or one that knows no links
            os.link(source, temporary)
            temporary.replace(path)
            return
    try:
        write_atomically(path, sources[0].read_bytes())
    except OSError as refusal:
        raise unwritable(path, refusal) from refusal
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Creates a folder and its parents where they are missing.

    Each is flushed into the folder that it lies in: a power cut would take what is flushed within it along.

    Raises:
        StorageError: a file is in the way, or the system refuses.
    """
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            _flush_folder(folder.parent)
    except (OSError, ValueError) as refusal:
        raise unwritable(path, refusal) from refusal


@contextmanager
def folder_for_work(path: Path) -> Iterator[None]:
    """A folder that is made before the work whose results it is to hold; if it is new and nothing came, it goes.

    Raises:
        StorageError: as `make_folder`.
    """
    new = not os.path.lexists(path)
    make_folder(path)
    try:
        yield
    finally:
        if new:
            with suppress(OSError):  # it holds something by now
                path.rmdir()


def remove_file(path: Path) -> None:
    """Removes a file, if it is there.

    Raises:
        StorageError: the system refuses.
    """
    try:
        path.unlink(missing_ok=True)
    except (OSError, ValueError) as refusal:
        raise unwritable(path, refusal) from refusal


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":  # folders cannot be opened, and so not flushed, elsewhere
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
