"""A study that trains in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque

_KEPT_LINES = 20  # of what a process says; its reason for ending is the last one
_ENDED_WELL = (0, 7, 130)  # 7: a run diverged, which its record says; 130: it was stopped


class StartedStudy:
    """A `classlab sweep` that the page started, and what it says.

    It has a session of its own: Ctrl-C in the terminal of `classlab serve` does not end it.

    Args:
        words: the command line after `classlab`.
        form: the address of the form as it was filled; "" where none was.
    """

    def __init__(self, words: list[str], *, form: str = "") -> None:
        self.form = form
        self._process = subprocess.Popen(
            [sys.executable, "-m", "classlab", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def process(self) -> int:
        """The system's number of its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def killed(self) -> bool:
        """Whether a signal ended it, so that what it said last is no reason."""
        return (self._process.poll() or 0) < 0

    @property
    def problem(self) -> str:
        """Why it ended before its time, in its own words; "" where it did not."""
        code = self._process.poll()
        if code is None or code in _ENDED_WELL:
            return ""
        if self.killed:
            return f"Signal {-code} ended the training's process."
        self._listener.join(timeout=1)
        return self._said[-1].removeprefix("classlab: ") if self._said else f"The training ended with code {code}."

    def end(self) -> None:
        """Ends it as a termination signal does: what is finished is kept."""
        self._process.terminate()
        self._process.wait()

    def wait(self) -> int:
        """Waits for its end, and gives its exit code."""
        return self._process.wait()

    def _listen(self) -> None:
        if self._process.stderr is not None:
            with self._process.stderr as stream:
                self._said.extend(line.rstrip() for line in stream if line.strip())
