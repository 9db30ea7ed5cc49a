"""A process that has the package loaded and runs each command in a fork of itself: hundreds of trials in seconds.

As a script it is that process: it takes orders as lines of JSON and answers each with one.
"""

from __future__ import annotations

import io
import json
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300  # after which a command counts as hanging; on a busy machine Keras alone takes one minute to load
LOADED = (
    "train",
    "sweep",
    "runs",
    "export",
    "report",
    "data",
    "model",
    "evaluate",
    "audit",
    "judge",
    "doctor",
    "search",
)
_FIRST = ("classlab.studies.work.sweep", "h5py", "matplotlib.backends.backend_agg", "PIL.Image")


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Args:
        code: its exit code; negative for a signal, as that of the alarm where it hung.
        out: what it printed.
        err: what it said.
        changes: of the disk below the watched folder.
        memory: bytes of the largest resident set above what the process began with.
        seconds: from its start, or the first signal that it was sent, to its end.
    """

    code: int
    out: str
    err: str
    changes: int
    memory: int
    seconds: float

    @property
    def is_told(self) -> bool:
        """Whether it was done, or refused by a sentence with a documented code."""
        clean = "Traceback" not in self.err and "defect of classlab" not in self.err
        return self.code in (0, 2, 3, 4, 5, 6, 7, 8, 9, 141) and clean and (self.code == 0 or bool(self.err.strip()))


class Server:
    """The process and its orders.

    Args:
        disk: the library that stands before the disk; None for none.
        environment: variables beside those of this process.
    """

    def __init__(self, disk: Path | None = None, environment: dict[str, str] | None = None) -> None:
        place = {**os.environ, "PYTHONPATH": str(ROOT), "CLASSLAB_DATA": "", "OMP_NUM_THREADS": "1"}
        place |= environment or {}
        if disk is not None:
            place["LD_PRELOAD"] = str(disk)
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, __file__, self._folder.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=place, cwd=self._folder.name,
        )  # fmt: skip

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def run(
        self,
        *words: object,
        watched: Path | None = None,
        log: Path | None = None,
        failing: tuple[int, int, bool] | None = None,
        signals: Sequence[tuple[float, int]] = (),
    ) -> Ended:
        """Runs one command.

        Args:
            *words: the command line after `classlab`.
            watched: the folder whose changes are counted.
            log: where they are written down.
            failing: number of the change that fails, its errno, and whether all later ones fail, too. An errno of 0 has
                the command killed before that change.
            signals: seconds to wait, and what is sent then, one after the other.
        """
        order = {
            "words": [str(word) for word in words], "watched": str(watched or ""), "log": str(log or ""),
            "failing": failing, "signals": signals,
        }  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        found = json.loads(self._process.stdout.readline())
        texts = [(Path(self._folder.name) / name).read_text("utf-8", "replace") for name in ("out", "err")]
        return Ended(found["code"], *texts, found["changes"], found["memory"], found["seconds"])


def _serve(folder: Path) -> None:
    for name in (*_FIRST, *(f"classlab.cli.{command}" for command in LOADED)):
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        began = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
        child = os.fork()
        if not child:
            os.close(reading)
            os._exit(_run(order, folder, writing))
        os.close(writing)
        sent = _signalled(child, reading, order["signals"])
        with os.fdopen(reading, "rb") as file:
            told = file.read()
        _, status, used = os.wait4(child, 0)
        seconds = time.monotonic() - sent
        found = json.loads(told) if told else {"changes": -1, "code": os.waitstatus_to_exitcode(status)}
        answer = json.dumps({**found, "memory": max(0, used.ru_maxrss * 1024 - began), "seconds": seconds})
        print(answer, flush=True)  # noqa: T201  (to whoever gives the orders)


def _signalled(child: int, ended: int, signals: Sequence[tuple[float, int]]) -> float:
    """Sends a command its signals, unless it ends before; the time of the first one, or of the start."""
    times = [time.monotonic()]
    for wait, number in signals:
        if select.select([ended], [], [], wait)[0]:
            break
        times.append(time.monotonic())
        os.kill(child, number)
    return times[min(1, len(times) - 1)]


def _run(order: dict[str, Any], folder: Path, writing: int) -> int:
    from classlab.cli.main import main

    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdout, sys.stderr = (io.TextIOWrapper(open(number, "wb", closefd=False), "utf-8") for number in (1, 2))  # noqa: SIM115
    disk = _disk(order)
    signal.alarm(SECONDS)
    code = _code_of(main, order["words"])
    changes = disk.disk_changes() if disk else 0
    if disk:
        disk.disk_watch(b"", b"")
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(writing, json.dumps({"code": code, "changes": changes}).encode())
    return 0


def _code_of(main: Any, words: Sequence[str]) -> int:
    import traceback

    try:
        return int(main(words))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except BaseException:  # noqa: BLE001  (what escapes is what is looked for)
        traceback.print_exc()
        return 1


def _disk(order: dict[str, Any]) -> Any:
    if not order["watched"]:
        return None
    import ctypes

    disk = ctypes.CDLL(None)
    disk.disk_watch(os.fsencode(order["watched"]), os.fsencode(order["log"]))
    if order["failing"]:
        number, error, lasting = order["failing"]
        disk.disk_fail(ctypes.c_long(number), error, lasting)
    return disk


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
