"""Reading a file whose content is not trusted: a regular file, of a size that such a file can have, or a sentence."""

from __future__ import annotations

import os
import stat
from typing import IO, TYPE_CHECKING

from classlab.errors import ClasslabError, StorageError, shown, unreadable

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_OURS = "It is not a file of a run; restore the right one."


def open_file(
    path: Path, *, limit: int, error: type[ClasslabError] = StorageError, step: str = _OURS, name: str | None = None
) -> IO[bytes]:
    """Opens a regular file of at most `limit` bytes for reading.

    A pipe would wait for a writer and a device may never end, so the file is looked at before it is opened, and again
    afterwards, because another may have taken its place meanwhile.

    Args:
        path: the file; a symbolic link is followed.
        limit: the largest size in bytes.
        error: what a file of another kind or size is refused with.
        step: the next step for one that is too large.
        name: how sentences call the file; its path where it is None.

    Raises:
        StorageError: the file is missing or the system refuses.
        ClasslabError: it is no regular file, or too large; of the class `error`.
    """
    name = shown(path) if name is None else name
    try:
        _check(path.stat(), name, limit=limit, error=error, step=step)
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  (a Path takes no opener; it is returned)
    except (OSError, ValueError) as refusal:
        if isinstance(refusal, ClasslabError):
            raise
        raise unreadable(name, refusal) from None
    try:
        _check(os.fstat(file.fileno()), name, limit=limit, error=error, step=step)
    except BaseException:
        file.close()
        raise
    return file


def read_file(
    path: Path, *, limit: int, error: type[ClasslabError] = StorageError, step: str = _OURS, name: str | None = None
) -> bytes:
    """Reads a whole regular file of at most `limit` bytes; arguments and errors are those of `open_file`."""
    with open_file(path, limit=limit, error=error, step=step, name=name) as file:
        try:
            content = file.read(limit + 1)
        except OSError as refusal:
            raise unreadable(shown(path) if name is None else name, refusal) from None
    if len(content) > limit:  # it grew between the look at its size and the reading
        raise error(_too_large(shown(path) if name is None else name, len(content), limit, step))
    return content


def _check(status: os.stat_result, name: str, *, limit: int, error: type[ClasslabError], step: str) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        what = _KINDS.get(kind, "something else")
        raise error(f"{name} must be a regular file, but it is {what}. Give the name of a file.")
    if status.st_size > limit:
        raise error(_too_large(name, status.st_size, limit, step))


def _too_large(name: str, size: int, limit: int, step: str) -> str:
    return f"{name} must not be larger than {limit:,} bytes, but it has {size:,}. {step}"


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
