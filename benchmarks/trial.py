"""One trial: a worker in a process of its own, its wall time, and the deadline of all trials."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.instructions import LIMITS
from benchmarks.tree_memory import TreeMemory

if TYPE_CHECKING:
    from benchmarks.instructions import Isa
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


def worker_environment(isa: Isa = "native") -> dict[str, str]:
    """The variables of a process that is timed, with what limits its vector instructions.

    What is installed lies compiled. This checkout must as well, whatever the caller's Python is told about compiled
    modules: the times of its imports would otherwise be those of no user.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **LIMITS[isa]}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def run_worker(
    worker: str, job: Asked, *, timeout: float, isa: Isa = "native", python: str = sys.executable
) -> Measurement:
    """Runs a module of `benchmarks.workers` and times its whole process.

    What `torch.compile` makes is kept nowhere, so that every process compiles, as a user's first one does.

    Args:
        worker: the module's name.
        job: what it is asked for.
        timeout: seconds after which it is given up, with all processes that it started.
        isa: the limit on vector instructions.
        python: the interpreter; by default this one.

    Returns:
        What the worker reported, `process_seconds` and `tree_memory_bytes` (0 where it started no process), or `error`
        with the reason why there is nothing.
    """
    command = [python, "-m", f"benchmarks.workers.{worker}", job.to_argument()]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as compiled:
        environment = {**worker_environment(isa), "TORCHINDUCTOR_CACHE_DIR": compiled}
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            with TreeMemory(process.pid) as memory:
                printed, said = process.communicate(timeout=timeout)
                seconds = time.perf_counter() - started
        except subprocess.TimeoutExpired:
            end(process)
            return {"error": f"it took longer than {timeout:g} s"}
        except BaseException:
            end(process)
            raise
    if process.returncode != 0:
        last = (said.strip().splitlines() or ["no message"])[-1]
        return {"error": f"it failed: {last[:300].rstrip('.')}"}
    result: Measurement = json.loads(printed.strip().splitlines()[-1])
    return {**result, "process_seconds": seconds, "tree_memory_bytes": memory.peak}


def end(process: subprocess.Popen[str]) -> None:
    """Ends a process that was started with a session of its own, and all others in it."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
