"""Where a study stands, in its store for other processes to see; and what they ask of it: to wait, or to stop.

Nothing of it is a record: it is lost with its folder, and the study goes on. The folder goes when the study is whole,
and stays where it was stopped, with what it takes to go on.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from classlab.errors import ClasslabError
from classlab.files.atomic_file import make_folder, remove_file, write_atomically
from classlab.files.folder_lock import writer_of
from classlab.files.read_file import read_file
from classlab.records import StudySpec, from_json, to_json
from classlab.records.base import Record
from classlab.studies.store.place import STANDING_FOLDER, standing_place
from classlab.studies.work.study_progress import PopulationObserver, StepwiseObserver, StudyObserver, StudyReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from classlab.records import RunSpec
    from classlab.records.progress import EpochReport

Wish = Literal["pause", "stop"]
State = Literal["training", "paused", "stopped"]
History = dict[str, list[float]]

_STUDY_FILE, _NOW_FILE, _WISH_FILE = "study.json", "now.json", "wish"
_LIMIT = 2**28  # bytes; a study of 10,000 runs has some 20 MB
_EVERY = 1.0  # seconds between two writings; who looks on needs no more
_SHARE = 50  # of which writing takes one at most
_LOOK = 0.2  # seconds between two looks while a study waits


@dataclass(frozen=True, kw_only=True)
class TrainedStudy(Record):
    """What trains.

    Args:
        spec: arms and seeds.
        text: the study file from which another process can go on; "" where there is none, as for arrays from Python.
        command: what trains it, for a person to give again.
        confirm: fresh seeds that were asked for.
        process: that trains it.
    """

    spec: StudySpec
    text: str
    command: str
    confirm: int
    process: int


@dataclass(frozen=True, kw_only=True)
class Standing(Record):
    """Where it stands.

    Args:
        state: as the process said last; a killed one says nothing.
        reason: why it stopped, where that was no wish.
        report: as the terminal shows it.
        curves: the histories of the runs that train now, under Keras's names, by arm.
    """

    state: State
    reason: str
    report: StudyReport
    curves: dict[str, list[History]]


class Broadcast:
    """An observer that also writes where the study stands, and heeds what others ask.

    Args:
        study: what trains.
        folder: where to.
        inner: the observer of this process.
    """

    def __init__(self, study: TrainedStudy, folder: Path, *, inner: StudyObserver) -> None:
        self._study, self._folder, self._inner = study, folder, inner
        self._report: StudyReport | None = None
        self._training: list[tuple[Sequence[RunSpec], Sequence[str], EpochReport]] = []
        self._due, self._waited = 0.0, 0.0

    def clock(self) -> float:
        """Seconds that only ever grow, and not while the study waits."""
        return time.perf_counter() - self._waited

    def study_moved(self, report: StudyReport) -> None:
        """Passes the report on, writes it if it is time, and does what was asked meanwhile."""
        self._inner.study_moved(report)
        first, self._report = self._report is None, report
        if first:
            self._begin()
        if first or time.perf_counter() >= self._due:
            self._write("training")
        if report.done < report.runs:
            self._heed()

    def study_stepped(self, report: StudyReport) -> None:
        """Passes the report on and writes it if it is time; what was asked is done at the epoch's end."""
        if isinstance(self._inner, StepwiseObserver):
            self._inner.study_stepped(report)
        if self._report is not None and time.perf_counter() >= self._due:
            self._report = report
            self._write("training")

    def population_moved(self, specs: Sequence[RunSpec], arms: Sequence[str], report: EpochReport) -> None:
        """Passes the report on and remembers it."""
        if isinstance(self._inner, PopulationObserver):
            self._inner.population_moved(specs, arms, report)
        others = [each for each in self._training if each[0] is not specs and _goes_on(each[2])]
        self._training = [*others, (specs, arms, report)]

    def end(self, reason: str) -> None:
        """Writes that the study stopped before its end."""
        if self._report is not None:
            self._write("stopped", reason)

    def _begin(self) -> None:
        with suppress(ClasslabError):  # who looks on is no reason to end a study
            make_folder(self._folder)
            for name in (_NOW_FILE, _WISH_FILE):  # of an earlier process
                remove_file(self._folder / name)
            write_atomically(self._folder / _STUDY_FILE, to_json(self._study).encode(), lasting=False)

    def _write(self, state: State, reason: str = "") -> None:
        if self._report is None:
            return
        began = time.perf_counter()
        standing = Standing(state=state, reason=reason, report=self._report, curves=self._curves())
        with suppress(ClasslabError):
            write_atomically(self._folder / _NOW_FILE, to_json(standing).encode(), lasting=False)
        now = time.perf_counter()
        self._due = now + max(_EVERY, _SHARE * (now - began))

    def _curves(self) -> dict[str, list[History]]:
        found: dict[str, list[History]] = {}
        for _, arms, report in self._training:
            for member in report.members:
                kept = {name: list(figures) for name, figures in member.history.items() if name in _FIGURES}
                found.setdefault(arms[member.index], []).append(kept)
        return found

    def _heed(self) -> None:
        wish = _wish(self._folder)
        began = time.perf_counter()
        if wish == "pause":
            self._write("paused")
            while (wish := _wish(self._folder)) == "pause":
                time.sleep(_LOOK)
            self._waited += time.perf_counter() - began
            self._write("training")
        if wish == "stop":
            remove_file(self._folder / _WISH_FILE)
            _stop()


def _goes_on(report: EpochReport) -> bool:
    """Whether some of a population's runs still train."""
    return any(member.state == "training" for member in report.members)


_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


def _stop() -> None:
    """Ends the study as Ctrl-C does, so that whoever started it says how to go on."""
    if threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)
    raise KeyboardInterrupt


@contextmanager
def seen_by_others(
    spec: StudySpec, folder: Path | None, *, inner: StudyObserver, text: str = "", command: str = "", confirm: int = 0
) -> Iterator[tuple[StudyObserver, Callable[[], float]]]:
    """Gives the observer of a study that others can see, and its clock, for as long as it trains.

    Args:
        spec: arms and seeds.
        folder: where others look; None for a study that nobody else can see.
        inner: the observer of this process.
        text: as in `TrainedStudy`.
        command: as in `TrainedStudy`.
        confirm: as in `TrainedStudy`.
    """
    if folder is None:
        yield inner, time.perf_counter
        return
    study = TrainedStudy(spec=spec, text=text, command=command, confirm=confirm, process=os.getpid())
    broadcast = Broadcast(study, folder, inner=inner)
    try:
        yield broadcast, broadcast.clock
    except BaseException as end:
        broadcast.end(str(end) if isinstance(end, ClasslabError) else "")
        raise
    shutil.rmtree(folder, ignore_errors=True)


def names_seen(store: Path) -> dict[str, TrainedStudy]:
    """The studies of a store that train or were stopped, by name; what cannot be read is left out."""
    found = {}
    with suppress(OSError):
        for folder in sorted((store / STANDING_FOLDER).iterdir()):
            path = folder / _STUDY_FILE
            with suppress(ClasslabError, OSError):
                study = _trained(path, path.stat().st_mtime_ns)
                if standing_place(store, study.spec.name) == folder:
                    found[study.spec.name] = study
    return found


@lru_cache(maxsize=16)  # a page asks twice a second, and a study of many arms takes a while to read
def _trained(path: Path, _changed: int) -> TrainedStudy:
    return from_json(TrainedStudy, read_file(path, limit=_LIMIT), where=str(path))


def read_standing(store: Path, study: TrainedStudy) -> Standing | None:
    """Where a study stands; None where it does not say so any more, because it is whole or its files are gone."""
    path = standing_place(store, study.spec.name) / _NOW_FILE
    try:
        return from_json(Standing, read_file(path, limit=_LIMIT), where=str(path))
    except ClasslabError:
        return None


def last_moved(store: Path, name: str) -> int:
    """When a study said last where it stands, in nanoseconds of the file system's clock; 0 where it does not."""
    try:
        return (standing_place(store, name) / _NOW_FILE).stat().st_mtime_ns
    except OSError:
        return 0


def is_training(store: Path, study: TrainedStudy) -> bool:
    """Whether its process is there and writes to the store."""
    return writer_of(store) == study.process


def ask(store: Path, name: str, wish: Wish | None) -> None:
    """Asks a study to wait or to stop at its next epoch's end, or with None to go on.

    Args:
        store: the store's folder.
        name: of a study that trains.
        wish: what for.

    Raises:
        StorageError: the store cannot be written.
    """
    path = standing_place(store, name) / _WISH_FILE
    if wish is None:
        remove_file(path)
    else:
        write_atomically(path, wish.encode(), lasting=False)


def _wish(folder: Path) -> str:
    path = folder / _WISH_FILE
    if not path.exists():  # as after nearly every epoch
        return ""
    with suppress(ClasslabError):
        return read_file(path, limit=10).decode("ascii", "replace")
    return ""
