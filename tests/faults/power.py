"""What a disk can hold after a power cut, from the changes that `disk.c` wrote down.

A file's content is safe once it was flushed, and a name once its folder was; all else may be there, be missing or have
come in another order (Pillai et al., All File Systems Are Not Created Equal, OSDI 2014). For every moment these states
are played: all is there; the unflushed content is gone; the unflushed names as well; one of the unflushed names alone
is missing; the last write was cut in half.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = struct.Struct("<ciqqq")


@dataclass
class _File:
    """Content now, and content that was flushed."""

    now: bytearray = field(default_factory=bytearray)
    safe: bytes = b""
    torn: bytes = b""  # as `now`, the last write cut in half


@dataclass(frozen=True)
class _Naming:
    """One change of names: `old` went or moved to `new`, or `new` came to name the file (None: a folder)."""

    old: str
    new: str
    file: _File | None

    def touches(self, folder: str) -> bool:
        return folder in {str(Path(name).parent) for name in (self.old, self.new) if name}


State = dict[str, bytes | None]  # content by name within the folder; None for a folder


class Disk:
    """A folder and what has become of it.

    Args:
        folder: the folder as it was before the changes, all of it flushed.
        place: the name that it had in the changes.
    """

    def __init__(self, folder: Path, place: Path) -> None:
        self._place = str(place)
        self._safe: dict[str, _File | None] = {self._place: None}
        for path in sorted(folder.rglob("*")):
            content = b"" if path.is_dir() else path.read_bytes()
            name = f"{place}/{path.relative_to(folder)}"
            self._safe[name] = None if path.is_dir() else _File(bytearray(content), content, content)
        self._names = dict(self._safe)
        self._pending: list[_Naming] = []
        self._open: dict[int, tuple[str, _File | None]] = {}

    def states(self, log: Path) -> Iterator[tuple[int, State]]:
        """The number of each change with the states that it leads to, each state once."""
        known: set[bytes] = set()
        for number, change in enumerate(_changes(log.read_bytes())):
            self._apply(*change)
            if change[0] in "co":
                continue
            for state in self._possible():
                mark = hashlib.sha256()
                for name, content in sorted(state.items()):
                    mark.update(f"{name}\0{-1 if content is None else len(content)}\0".encode() + (content or b""))
                if mark.digest() not in known:
                    known.add(mark.digest())
                    yield number, state

    def last(self) -> list[State]:
        """The states that are possible after the last change."""
        return list(self._possible())

    def _possible(self) -> Iterator[State]:
        whole = self._named(self._pending)
        for content in ("now", "safe", "torn"):
            yield self._state(whole, content)
        for content in ("safe", "now"):
            yield self._state(self._safe, content)
        for left_out in range(len(self._pending)):
            yield self._state(self._named(self._pending[:left_out] + self._pending[left_out + 1 :]), "safe")

    def _named(self, namings: list[_Naming]) -> dict[str, _File | None]:
        names = dict(self._safe)
        for naming in namings:
            _rename(names, naming)
        return names

    def _state(self, names: dict[str, _File | None], content: str) -> State:
        start = len(self._place) + 1
        return {
            name[start:]: None if file is None else bytes(getattr(file, content))
            for name, file in names.items()
            if name != self._place and all(names.get(str(above), 0) is None for above in self._above(name))
        }

    def _above(self, name: str) -> list[Path]:
        return [above for above in Path(name).parents if len(str(above)) > len(self._place)]

    def _apply(self, kind: str, number: int, offset: int, one: str, two: bytes) -> None:
        if kind == "o":
            if offset == 1:
                self._note(_Naming("", one, _File()))
            file = self._names.get(one)
            if offset == 2 and file is not None:
                file.now.clear()
            self._open[number] = (one, file)
        elif kind == "c":
            self._open.pop(number, None)
        elif kind in "wts":
            self._content(kind, number, offset, two)
        elif kind == "m":
            self._note(_Naming("", one, None))
        elif kind in "ux":
            self._note(_Naming(one, "", None))
        elif kind == "r":
            self._note(_Naming(one, two.decode(), None))
        elif kind == "l":
            self._note(_Naming("", two.decode(), self._names[one]))

    def _content(self, kind: str, number: int, offset: int, written: bytes) -> None:
        name, file = self._open[number]
        if file is None:
            self._flush_folder(name)
        elif kind == "s":
            file.safe = file.torn = bytes(file.now)
        elif kind == "t":
            file.now[:] = file.now[:offset].ljust(offset, b"\0")
            file.torn = bytes(file.now)
        else:
            for part in (written[: len(written) // 2], written):
                file.torn, file.now[:] = bytes(file.now), file.now.ljust(offset, b"\0")
                file.now[offset : offset + len(part)] = part

    def _note(self, naming: _Naming) -> None:
        self._pending.append(naming)
        _rename(self._names, naming)

    def _flush_folder(self, folder: str) -> None:
        for naming in [each for each in self._pending if each.touches(folder)]:
            _rename(self._safe, naming)
            self._pending.remove(naming)


def write_state(state: State, folder: Path) -> None:
    """Makes a folder hold a state."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in sorted(state.items()):
        if content is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(content)


def _rename(names: dict[str, _File | None], naming: _Naming) -> None:
    if not naming.old:
        names[naming.new] = naming.file
        return
    moved = [name for name in names if name == naming.old or name.startswith(f"{naming.old}/")]
    for name in moved:
        file = names.pop(name)
        if naming.new:
            names[naming.new + name[len(naming.old) :]] = file


def _changes(log: bytes) -> Iterator[tuple[str, int, int, str, bytes]]:
    at = 0
    while at < len(log):
        kind, number, offset, first, second = _HEAD.unpack_from(log, at)
        at += _HEAD.size
        yield kind.decode(), number, offset, log[at : at + first].decode(), log[at + first : at + first + second]
        at += first + second
