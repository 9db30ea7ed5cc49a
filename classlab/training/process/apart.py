"""Work in forked processes of their own: what ends there, or never ends, leaves the process that asked alive."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from classlab.errors import ClasslabError, WorkerError
from classlab.records.progress import EarlyObserver
from classlab.training.process.threads import take_share

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess
    from typing import Self

    from classlab.records.progress import EpochReport, Observer

T = TypeVar("T")


class Overtime(Exception):  # noqa: N818  (a time that is over is no error of whoever asked)
    """The work was not done when its time was over."""


class Apart(Generic[T]):
    """Pieces of work side by side, each in a process of its own; leaving the `with` ends what still runs.

    Forked, so that layers which a program defines are there, on Linux alone; a GPU would not come along.
    """

    def __init__(self) -> None:
        self._pieces: dict[Connection, _Piece[T]] = {}
        self._listening = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for here in tuple(self._pieces):
            self._leave(here)

    def __len__(self) -> int:
        return len(self._pieces)

    def begin(
        self,
        place: int,
        work: Callable[[Observer], T],
        observer: Observer,
        *,
        seconds: float | None = None,
        threads: int | None = None,
    ) -> None:
        """Begins a piece of work.

        Args:
            place: names it when it ends.
            work: gets an observer that tells `observer` here, and waits until that has listened.
            observer: of the training.
            seconds: what it may take, without what observers take; None for no limit.
            threads: its share of them; None for as many as here.
        """
        here, there = multiprocessing.Pipe()
        process = start_forked(_serve, there, work, threads)
        there.close()
        end = inf if seconds is None else self._clock() + seconds
        self._pieces[here] = _Piece(place=place, process=process, observer=observer, end=end)

    def ended(self) -> tuple[int, T | WorkerError | Overtime]:
        """Waits for the next end: what a piece of work returned, the loss of its process, or that its time is over.

        Raises:
            Exception: what the work raised.
        """
        while True:
            first = min(piece.end for piece in self._pieces.values())
            told = wait(list(self._pieces), timeout=None if first == inf else max(0.0, first - self._clock()))
            for here in told:
                piece = self._pieces[here]  # type: ignore[index]  # `wait` gives back what it was given
                found = self._heard(here, piece)  # type: ignore[arg-type]  # as above
                if found is not None:
                    return piece.place, found[0]
            over = [here for here, piece in self._pieces.items() if piece.end <= self._clock()]
            if over:
                place = self._pieces[over[0]].place
                self._leave(over[0])
                return place, Overtime()

    def _heard(self, here: Connection, piece: _Piece[T]) -> tuple[T | WorkerError] | None:
        """What a piece of work came to; None where it only told something, and goes on."""
        try:
            word, content = here.recv()
        except (EOFError, ConnectionResetError):
            piece.process.join()
            problem = _lost(piece.process.exitcode or 0)
            self._leave(here)
            return (problem,)
        if word in ("done", "raised"):
            self._leave(here)
            if word == "raised" and not isinstance(content, WorkerError):
                raise content
            return (content,)
        if word == "epoch_finished" or isinstance(piece.observer, EarlyObserver):
            began = time.monotonic()
            getattr(piece.observer, word)(content)
            self._listening += time.monotonic() - began
        with suppress(OSError):  # it ended meanwhile, which the next look tells
            here.send(None)
        return None

    def _clock(self) -> float:
        """Seconds in which no observer was listening: a study that waits does so there, for all of its runs."""
        return time.monotonic() - self._listening

    def _leave(self, here: Connection) -> None:
        process = self._pieces.pop(here).process
        here.close()
        process.kill()
        process.join()
        process.close()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Piece(Generic[T]):
    """One process and who listens to it.

    Args:
        place: names it.
        process: that works.
        observer: of its training.
        end: when its time is over, by `Apart`'s clock.
    """

    place: int
    process: ForkProcess
    observer: Observer
    end: float


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


def _lost(code: int) -> WorkerError:
    return WorkerError(
        f"a run must leave its process alive, but this one's ended with {_end(code)}. "
        "Look for what in its layers, or in the machine's memory, ends a process."
    )


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


def _serve(connection: Connection, work: Callable[[Observer], Any], threads: int | None) -> None:
    # In a thread of its own: OpenMP's threads did not come along with the fork, and those whom its first thread had
    # would be waited for for ever; a new thread gets new ones (libgomp, `gomp_get_thread_pool`).
    thread = threading.Thread(target=_work, args=(connection, work, threads))
    thread.start()
    thread.join()


def _work(connection: Connection, work: Callable[[Observer], Any], threads: int | None) -> None:
    code, answer = 0, None
    try:
        if threads is not None:
            take_share(threads)
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
