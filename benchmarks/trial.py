"""One trial: a worker in a process of its own, its wall time, and the deadline of all trials."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from benchmarks.journal import Measurement

ROOT = Path(__file__).resolve().parent.parent


class Asked(Protocol):
    """What a worker is asked for."""

    def to_argument(self) -> str:
        """The same as one command-line argument."""


class Deadline:
    """When to begin nothing further.

    Args:
        minutes: wall time from now; None for no end.
    """

    def __init__(self, minutes: float | None) -> None:
        self._end = None if minutes is None else time.monotonic() + 60 * minutes

    def allows(self, seconds: float = 0.0) -> bool:
        """Whether something that takes about `seconds` would still be done in time."""
        return self._end is None or time.monotonic() + seconds < self._end


NO_TIME: Measurement = {"error": "there was no time left for it", "again": True}


def interrupt_on_terminate() -> None:
    """Makes a request to end like one from the keyboard: what was started ends too, and what was measured stays."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def worker_environment() -> dict[str, str]:
    """The variables of a process that is timed.

    What is installed lies compiled. This checkout must as well, whatever the caller's Python is told about compiled
    modules: the times of its imports would otherwise be those of no user.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def run_worker(worker: str, job: Asked, *, timeout: float) -> Measurement:
    """Runs a module of `benchmarks.workers` and times its whole process.

    Args:
        worker: the module's name.
        job: what it is asked for.
        timeout: seconds after which it is given up.

    Returns:
        What the worker reported and `process_seconds`, or `error` with the reason why there is nothing.
    """
    command = [sys.executable, "-m", f"benchmarks.workers.{worker}", job.to_argument()]
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=worker_environment(), capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": f"it took longer than {timeout:g} s"}
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"error": f"it failed: {last[:300].rstrip('.')}"}
    result: Measurement = json.loads(done.stdout.strip().splitlines()[-1])
    return {**result, "process_seconds": seconds}
