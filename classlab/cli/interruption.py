"""Stopping on a signal: the first one unwinds in order, the second one ends the process at once."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Interruption(KeyboardInterrupt):
    """A signal asked the command to stop.

    It is a KeyboardInterrupt, so no `except Exception` on the way can swallow it.

    Args:
        number: the signal's number.
        advice: what to do next, as a sentence; filled in by whoever knows.
    """

    def __init__(self, number: int, advice: str = "") -> None:
        super().__init__(f"signal {number}")
        self.number = number
        self.advice = advice

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, as shells count: 130 for Ctrl-C, 143 for a polite kill."""
        return 128 + self.number


def _overhear(_number: int, _frame: FrameType | None) -> None:
    """Takes a signal and does nothing."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Turns SIGINT and SIGTERM into `Interruption` while the block runs.

    The first signal gives both back to the system, so that a second one ends the process however deep it sits. What a
    library on the way makes of an `Interruption`, as pydantic does while it builds its validators, is one again here.
    """
    taken: list[Interruption] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        # A signal that came together with this one is taken as the same. Python would complain of it later if it were
        # given back to the system while it waits for its handler; one more signal makes Python call those that wait.
        for each in _STOPPING:
            signal.signal(each, _overhear)
        signal.raise_signal(number)
        for each in _STOPPING:
            signal.signal(each, signal.SIG_DFL)
        taken.append(Interruption(number))
        raise taken[0]

    before = {number: signal.signal(number, stop) for number in _STOPPING}
    try:
        yield
    except Exception as problem:
        if taken:
            raise taken[0] from problem
        raise
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is stop:
                signal.signal(number, handler)
