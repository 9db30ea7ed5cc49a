"""A store that forgets: what a study needs of one, for as long as Python keeps it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Protocol

from classlab.studies.runs.run import Run
from classlab.studies.store.openings import enter, ledger_place, openings_at_hand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.records import Opening, RunRecord, StudyRecord
    from classlab.studies.runs.run_folder import StoredRun


class RunStore(Protocol):
    """What a study needs of the place where its runs live."""

    def record(self, identity: str) -> RunRecord | None:
        """The record of a run, or None where it is not there."""

    def add(self, runs: Sequence[StoredRun], *, opening: Opening | None) -> None:
        """Takes runs in, and notes that the test images were opened for them: all of it or nothing."""

    def save_study(self, study: StudyRecord, *, unfinished: bool = False) -> None:
        """Takes a study in under its name."""

    def earlier_study(self, name: str) -> StudyRecord | None:
        """The study that was taken in under this name before, or None where there is none."""

    def openings(self, digest: str) -> tuple[Opening, ...]:
        """Every opening of the test images of the dataset with this digest."""

    def work_folder(self, key: str) -> Path | None:
        """A folder for a checkpoint, or None where there is no place for one."""

    def remove_work(self, key: str) -> None:
        """Removes that folder, if it is there."""

    def standing_folder(self, study: str) -> Path | None:
        """The folder in which a study says where it stands, or None where nobody else could see it."""


class MemoryStore:
    """Runs in memory; their openings of test images go where those of any training do."""

    def __init__(self) -> None:
        self._runs: dict[str, StoredRun] = {}

    def record(self, identity: str) -> RunRecord | None:
        """The record of a run, or None where it is not there."""
        stored = self._runs.get(identity)
        return None if stored is None else stored.record

    def run(self, identity: str) -> Run:
        """A run with its weights and predictions.

        Raises:
            KeyError: it is not there.
        """
        return Run(self._runs[identity])

    def add(self, runs: Sequence[StoredRun], *, opening: Opening | None) -> None:
        """Takes runs in; warns where the ledger at hand cannot be written."""
        self._runs |= {stored.record.identity: stored for stored in runs}
        remark = None if opening is None else enter(opening, place=ledger_place())
        if remark is not None:
            warnings.warn(remark, stacklevel=2)

    def save_study(self, study: StudyRecord, *, unfinished: bool = False) -> None:
        """Does nothing: whoever ran the study has its record in the hand."""

    def earlier_study(self, name: str) -> None:  # noqa: ARG002
        """There is none: studies are not taken in."""
        return

    def openings(self, digest: str) -> tuple[Opening, ...]:
        """Every known opening of the test images of the dataset with this digest."""
        return openings_at_hand(digest)

    def work_folder(self, key: str) -> None:  # noqa: ARG002
        """There is no place for a checkpoint."""
        return

    def remove_work(self, key: str) -> None:
        """There is nothing to remove."""

    def standing_folder(self, study: str) -> None:  # noqa: ARG002
        """Nobody else can see this memory."""
        return
