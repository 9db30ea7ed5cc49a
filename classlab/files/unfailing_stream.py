"""A stream for narration: once it cannot be written, what is said is dropped and the work goes on."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, TextIO


class UnfailingStream:
    """A text stream whose writing never raises; everything else is the stream's own.

    Args:
        stream: where to write; None, as Python has it for a closed standard stream, drops all.
        at_exit: whether Python's own flush at exit shall find the stream led into nothing.
    """

    def __init__(self, stream: TextIO | None, *, at_exit: bool = False) -> None:
        self._stream, self._at_exit = stream, at_exit

    def write(self, text: str) -> int:
        """Writes, or drops the text."""
        self._try("write", text)
        return len(text)

    def flush(self) -> None:
        """Flushes, or drops what was not flushed yet."""
        self._try("flush")

    def close(self) -> None:
        """Leaves it open: whoever opened the stream closes it, and what took it for the standard error does not."""

    def isatty(self) -> bool:
        """Whether somebody is looking on."""
        try:
            return self._stream is not None and self._stream.isatty()
        except (OSError, ValueError):  # the latter of a stream that was closed meanwhile
            return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _try(self, method: str, *arguments: str) -> None:
        if self._stream is None:
            return
        try:
            getattr(self._stream, method)(*arguments)
        except (OSError, ValueError):
            if self._at_exit:
                silence(self._stream)
            self._stream = None


def silence(stream: TextIO) -> None:
    """Leads a stream into nothing: Python flushes it once more at exit, and must not complain then."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
