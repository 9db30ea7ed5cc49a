"""What a RUN on the command line means: a folder, a study of the store, or the beginning of a run's identity."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from classlab.cli.text import narrate, printable
from classlab.errors import StorageError
from classlab.options.nearest import nearest
from classlab.studies.runs.run import Run
from classlab.studies.shown.winning_run import winning_run
from classlab.studies.store import open_store, store_folder
from classlab.studies.store.place import DATABASE_FILE, RUNS_FOLDER, STUDIES_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.records import StudyRecord
    from classlab.records.plain import JsonDocument
    from classlab.studies.shown.winning_run import WinningRun
    from classlab.studies.store import Store

_RECORD = "run.json"


class Folder(NamedTuple):
    """A folder with a run, or with one per seed.

    Args:
        place: where it lies.
        stored: whether it is the store's own.
    """

    place: Path
    stored: bool = False


class ChosenRun(NamedTuple):
    """One run to work with.

    Args:
        run: the run.
        winner: how it was chosen where a study was named; None elsewhere.
        stored: whether it lies in the store.
    """

    run: Run
    winner: WinningRun | None
    stored: bool

    def tell(self, verb: str, *, quiet: bool) -> None:
        """Says which run of a study it is, as in "Exported 'adam', seed 3 (...)."; nothing of a run that was named."""
        if self.winner is not None:
            narrate(printable(f"{verb} {self.winner}."), quiet=quiet)

    def facts(self) -> JsonDocument:
        """The same for a JSON document."""
        if self.winner is None:
            return {}
        return {"study": self.winner.study, "arm": self.winner.arm, "seed": self.winner.record.spec.seed}


def is_training_folder(place: Path) -> bool:
    """Whether a path leads to a run's folder, or to one with a run per seed."""
    with suppress(OSError, ValueError):
        return place.is_dir() and ((place / _RECORD).is_file() or any(place.glob(f"seed-*/{_RECORD}")))
    return False


def runs_in(folder: Path) -> list[Run]:
    """The run of a folder, or one run per seed, in the order of their names."""
    seeds = [] if (folder / _RECORD).is_file() else sorted(folder.glob(f"seed-*/{_RECORD}"))
    return [Run.load(place.parent) for place in seeds] if seeds else [Run.load(folder)]


def find_source(name: str, *, store: Path | None) -> Folder | StudyRecord:
    """Finds what a name means: the folder of a training, else a study of the store, else the run of an identity.

    Args:
        name: what the user gave.
        store: what the user gave as `--store`, or None.

    Raises:
        StorageError: it is none of the three.
        SpecError: it begins several identities.
        RecordError: the store is damaged.
    """
    if is_training_folder(Path(name)):
        return Folder(place=Path(name))
    with _found(name, store) as found:
        return found if isinstance(found, Folder) else found[0]


@contextmanager
def _found(name: str, store: Path | None) -> Iterator[Folder | tuple[StudyRecord, Store]]:
    """What a name that is no training's folder means; a study comes with its store, open."""
    place, hint = store_folder(store), ""
    folder: Folder | None = None
    stored = any((place / part).exists() for part in (DATABASE_FILE, RUNS_FOLDER, STUDIES_FOLDER))
    if stored:
        with open_store(place, write=False) as opened:
            names = [entry.name for entry in opened.studies()]
            if name in names:
                yield opened.study(name), opened
                return
            close = nearest(name, names)
            hint = f"Did you mean the study {close!r}?" if close else ""
            with suppress(StorageError):  # no run's identity begins so
                folder = Folder(place=opened.folder(opened.find(name)), stored=True)
    if folder is None and _exists(Path(name)):
        folder = Folder(place=Path(name))  # whoever reads it says what is wrong with it
    if folder is not None:
        yield folder
        return
    missing = f"there is no run {name[:80]!r}: no folder of that name"
    if not stored:
        raise StorageError(
            f"{missing}, and no store at {place} whose studies and runs have names as well. Give the folder of a "
            "training, as in runs/mlp, or the folder of a store with --store."
        )
    raise StorageError(
        f"{missing}, and in the store {place} no study of that name and no run whose identity begins so. "
        f"{hint or 'List studies with `classlab runs studies` and runs with `classlab runs`.'}"
    )


def choose_run(name: str, *, store: Path | None) -> ChosenRun:
    """Finds one run: the folder's, the study's best, or the one of this identity.

    Args:
        name: what the user gave.
        store: what the user gave as `--store`, or None.

    Raises:
        StorageError: there is no such run, or its files are missing.
        RecordError: a file or the store is damaged.
        SpecError: the name begins several identities.
        FailedRunsError: no run of the study ended well.
    """
    if is_training_folder(Path(name)):
        return ChosenRun(run=Run.load(Path(name)), winner=None, stored=False)
    with _found(name, store) as found:
        if isinstance(found, Folder):
            return ChosenRun(run=Run.load(found.place), winner=None, stored=found.stored)
        study, opened = found
        winner = winning_run(study)
        return ChosenRun(run=opened.run(winner.record.identity), winner=winner, stored=True)


def _exists(place: Path) -> bool:
    with suppress(OSError, ValueError):  # no file's name, but perhaps somebody's mistake
        return place.exists()
    return False
