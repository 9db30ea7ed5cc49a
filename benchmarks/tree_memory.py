"""Peak memory of a process and of all that it started, looked at from outside while they run."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

PAUSE = 0.5  # seconds between two looks; one takes milliseconds of the processes that it looks at


class TreeMemory:
    """Looks at a process's tree until it is left, and keeps the most that its processes held together.

    A process without children is not looked into, since the system itself keeps its peak. Pages that processes share
    count once (Linux's proportional set size).

    Args:
        process: the tree's root.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0  # bytes; 0 where there was one process only, or the system does not tell

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(PAUSE):
            tree = family(self._process)
            if len(tree) > 1:
                self.peak = max(self.peak, sum(held_by(each) for each in tree))


def family(process: int) -> list[int]:
    """The process and all that descend from it, as far as they run now."""
    found = [process]
    for one in found:  # grows while it is walked through
        for listing in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in listing.read_text(encoding="utf-8").split()]
            except OSError:
                continue
    return found


def held_by(process: int) -> int:
    """Bytes that a process holds now, shared pages divided among those that share them; 0 where it has ended."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
