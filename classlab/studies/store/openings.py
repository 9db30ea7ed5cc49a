"""Openings of test images outside of studies: where they are entered, and what happens where that is refused.

A study enters its own. A training or an evaluation enters the ledger of the store at hand, by lines alone, which needs
no lock on the store. Python that keeps nothing on disk, where no store is at hand, is counted in memory; what was
counted there goes into the first ledger that the process writes to.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from classlab.errors import ClasslabError
from classlab.records import Opening
from classlab.records.plain import time_stamp
from classlab.studies.store.ledger import append_lines, read_lines
from classlab.studies.store.place import DATABASE_FILE, RUNS_FOLDER, VARIABLE, store_folder

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from classlab.datasets.dataset import HeldOut
    from classlab.records.study import Purpose

_in_memory: list[Opening] = []


def enter_opening(
    images: HeldOut,
    purpose: Purpose,
    *,
    runs: int = 1,
    store: Path | None = None,
    folder: Path | None = None,
    now: datetime | None = None,
) -> str | None:
    """Enters an opening of test images in the ledger at hand.

    Args:
        images: whose test images were measured.
        purpose: what for.
        runs: how many runs were measured.
        store: the store that the user named, or None.
        folder: where the run lies on disk; None for one in memory.
        now: the time to put on record; the clock's where it is None.

    Returns:
        None, or one sentence where the ledger could not be written: what was trained or measured is not lost for that.
    """
    opening = Opening(
        time=time_stamp(now, exact=True),
        dataset=images.name,
        digest=images.digest,
        study="",
        purpose=purpose,
        runs=runs,
    )
    return enter(opening, place=ledger_place(store=store, folder=folder))


def enter(opening: Opening, *, place: Path | None) -> str | None:
    """Enters an opening in the ledger of the store at `place`, in memory where that is None; see `enter_opening`."""
    _in_memory.append(opening)
    if place is None:
        return None
    try:
        hand_over(place)
    except ClasslabError as refusal:
        return f"The test-set ledger lacks this opening of the test images of {opening.dataset}: {refusal}"
    return None


def hand_over(place: Path) -> None:
    """Moves the openings that are counted in memory into the ledger of a store.

    Raises:
        StorageError: the ledger cannot be written.
        LockedError: another process keeps it busy.
    """
    if _in_memory:
        append_lines(place, _in_memory)
        _in_memory.clear()


def openings_at_hand(digest: str, *, folder: Path | None = None) -> tuple[Opening, ...]:
    """What a run outside of a store can know: the openings in memory, and those of the ledger at hand that can be read.

    Args:
        digest: SHA-256 of the dataset.
        folder: where the run lies on disk; None for one in memory.
    """
    place, written = ledger_place(folder=folder), []
    if place is not None:
        with suppress(ClasslabError):
            written = read_lines(place)[0]
    return tuple(opening for opening in (*written, *_in_memory) if opening.digest == digest)


def ledger_place(*, store: Path | None = None, folder: Path | None = None) -> Path | None:
    """The folder whose ledger an opening enters; None where it is counted in memory.

    The store that the user named; else the one that the run lies in; else the one of `CLASSLAB_STORE`; else
    `classlab-store` in the current folder, if it is there or the run lives in a folder.

    Args:
        store: the store that the user named, or None.
        folder: where the run lies on disk; None for one in memory.
    """
    usual = store_folder(store or _store_around(folder))
    at_hand = store is not None or folder is not None or bool(os.environ.get(VARIABLE)) or usual.is_dir()
    return usual if at_hand else None


def _store_around(folder: Path | None) -> Path | None:
    """The store that a run's folder is a part of."""
    if folder is None:
        return None
    runs = folder.absolute().parent
    return runs.parent if runs.name == RUNS_FOLDER and (runs.parent / DATABASE_FILE).is_file() else None
