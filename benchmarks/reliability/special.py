"""Names that lead to no file: pipes, devices, sockets, folders, loops and huge files, read from and written to."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from benchmarks.reliability.command import is_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.reliability.command import Subject

_READERS: dict[str, tuple[list[str], str]] = {
    "audit": (["audit"], "x.py"),
    "data": (["data", "--no-tile"], "x.npz"),
    "model": (["model"], "x.keras"),
    "sweep": (["sweep"], "x.toml"),
    "judge": (["judge"], "x.csv"),
    "predict": (["predict", "run"], "x.png"),
    "evaluate": (["evaluate"], "x"),
}


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


_KINDS: dict[str, Callable[[Path], None]] = {
    "a pipe": os.mkfifo,
    "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "a socket": _socket,
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a sparse file of 1 TiB": _sparse,
}


def trials(subject: Subject, folder: Path) -> Iterator[tuple[str, bool]]:
    """Every reader with every kind, then every writer."""
    train = ["train", "--data", "digits", "--model", "linear", "--limit", "60", "--epochs", "1"]
    subject.run(*train, "--quiet", "-o", "run", folder=folder)
    for reader, (words, name) in _READERS.items():
        for kind, make in _KINDS.items():
            (folder / name).unlink(missing_ok=True)
            make(folder / name)
            done = subject.run(*words, name, folder=folder)
            yield f"{reader} of {kind}: code {done.returncode}", is_sentence(done, (3, 4, 5))
        (folder / name).unlink()
    yield from _written(subject, folder)


def _written(subject: Subject, folder: Path) -> Iterator[tuple[str, bool]]:
    (folder / "s.py").write_text("import keras\n")
    for writer, words in {
        "audit": ["audit", "s.py", "--sarif"],
        "report": ["report", "run", "--quiet", "-o"],
        "data": ["data", "digits", "--quiet", "--tile"],
    }.items():
        name = folder / ("out.md" if writer == "report" else "out.png")
        for target, codes in (("/dev/full", (5,)), ("/dev/null", (0,)), ("beside", (0,))):
            name.unlink(missing_ok=True)
            name.symlink_to(target)
            done = subject.run(*words, name.name, folder=folder)
            kept = name.is_symlink() and str(name.readlink()) == target
            yield (
                f"{writer} into {target}: code {done.returncode}, link kept: {kept}",
                kept and is_sentence(done, codes),
            )
        name.unlink()
        os.mkfifo(name)
        done = subject.run(*words, name.name, folder=folder)
        yield f"{writer} into a pipe without reader: code {done.returncode}", name.is_fifo() and is_sentence(done, (5,))
        name.unlink()
