"""Work in a forked process of its own: what ends there, or never ends, leaves the process that asked alive."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, TypeVar

from classlab.errors import ClasslabError, WorkerError
from classlab.records.progress import EarlyObserver

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

    from classlab.records.progress import EpochReport, Observer

T = TypeVar("T")


class Overtime(Exception):  # noqa: N818  (a time that is over is no error of whoever asked)
    """The work was not done when its time was over."""


def apart(work: Callable[[Observer], T], observer: Observer, *, seconds: float | None = None) -> T:
    """Has work done in a process of its own.

    Forked, so that layers which a program defines are there, on Linux alone; a GPU would not come along.

    Args:
        work: gets an observer that tells `observer` here, and waits until that has listened.
        observer: of the training.
        seconds: what it may take, without what the observer takes; None for no limit.

    Returns:
        What the work returns.

    Raises:
        WorkerError: the process ended before the work was done.
        Overtime: the time is over.
    """
    here, there = multiprocessing.Pipe()
    process = start_forked(_serve, there, work)
    there.close()
    left = float("inf") if seconds is None else seconds
    try:
        while True:
            began = time.monotonic()
            word, content = _next(here, process, left)
            left -= time.monotonic() - began
            if word == "done":
                return content  # type: ignore[no-any-return]  # what `work` returned
            if word == "raised":
                raise content
            if word == "epoch_finished" or isinstance(observer, EarlyObserver):
                getattr(observer, word)(content)
            with suppress(OSError):  # it ended meanwhile, which the next look tells
                here.send(None)
    finally:
        here.close()
        process.kill()
        process.join()
        process.close()


def start_forked(target: Callable[..., None], *arguments: Any, daemon: bool = False) -> ForkProcess:
    """Starts a forked process that ends with this one, and never by the interpreter's way out.

    Args:
        target: what it does.
        *arguments: of that.
        daemon: whether it may be left to the interpreter to end; then it starts no processes itself.
    """
    _flush()  # or both processes would write what waits
    process = multiprocessing.get_context("fork").Process(target=_live, args=(target, *arguments), daemon=daemon)
    with warnings.catch_warnings():
        # Later versions of Python warn of every fork beside threads. These processes take no lock that one may hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    return process


def _next(here: Connection, process: ForkProcess, seconds: float) -> tuple[str, Any]:
    try:
        if not here.poll(None if seconds == float("inf") else max(0.0, seconds)):
            raise Overtime
        word, content = here.recv()
    except (EOFError, ConnectionResetError):
        process.join()
        raise WorkerError(
            f"a run must leave its process alive, but this one's ended with {_end(process.exitcode or 0)}. "
            "Look for what in its layers, or in the machine's memory, ends a process."
        ) from None
    return word, content


def _end(code: int) -> str:
    with suppress(ValueError):
        return f"code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
    return f"code {code}"


def _live(target: Callable[..., None], *arguments: Any) -> None:
    """A forked process's life."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a keyboard's interrupt reaches the parent, which decides
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    target(*arguments)
    # Not the interpreter's way out: it would flush and unlock what belongs to the parent.
    os._exit(0)


def _leave_with_parent() -> None:
    """A parent that was killed cannot say so; work for nobody would go on for minutes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _serve(connection: Connection, work: Callable[[Observer], Any]) -> None:
    # In a thread of its own: OpenMP's threads did not come along with the fork, and those whom its first thread had
    # would be waited for for ever; a new thread gets new ones (libgomp, `gomp_get_thread_pool`).
    thread = threading.Thread(target=_work, args=(connection, work))
    thread.start()
    thread.join()


def _work(connection: Connection, work: Callable[[Observer], Any]) -> None:
    code, answer = 0, None
    try:
        answer = "done", work(_Told(connection))
    except Exception as problem:  # noqa: BLE001  (whatever it is, the parent raises it)
        answer = "raised", problem if isinstance(problem, ClasslabError) else WorkerError(_in_a_line(problem))
    except BaseException as end:  # noqa: BLE001  (a layer that calls for the end of its process)
        code = end.code if isinstance(end, SystemExit) and isinstance(end.code, int) else 1
    _flush()
    if answer is not None:
        with suppress(OSError):  # nobody listens any more
            connection.send(answer)
    os._exit(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()


def _in_a_line(problem: Exception) -> str:
    return " ".join(f"{type(problem).__name__}: {problem}".split()).rstrip(": ")


class _Told:
    """The parent's observer, as its forked process sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def training_began(self, report: EpochReport) -> None:
        self._tell("training_began", report)

    def epoch_finished(self, report: EpochReport) -> None:
        self._tell("epoch_finished", report)

    def _tell(self, word: str, report: EpochReport) -> None:
        self._connection.send((word, report))
        self._connection.recv()
