"""Other stores taken into one: every run, study and opening of test images once, however often it is done.

What is taken is read and checked as for a reader, and written as a training writes it. A kill leaves a store that is
whole; merging again goes on from there.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from classlab.errors import RecordError, SpecError, StorageError
from classlab.files.fault import fault
from classlab.files.folder_lock import locked_folder
from classlab.records import to_plain
from classlab.records.base import Record
from classlab.studies.runs.run_folder import offer_backbone
from classlab.studies.store.access import is_ledger_alone, open_store, read_ledger
from classlab.studies.store.ledger import append_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from classlab.records import Opening, RunRecord, StudyRecord
    from classlab.studies.runs.run_folder import StoredRun
    from classlab.studies.store.store import Store

_BATCH_RUNS = 256  # written in one transaction, whose end costs a tenth of a second in a store of 100,000 runs
_BATCH_BYTES = 2**28  # of weights and predictions, held in memory until then
_OUTCOME = ("state", "epochs_done", "history", "training", "fitted", "validation", "test")  # what a run came to


@dataclass(frozen=True, kw_only=True)
class Merged(Record):
    """What came of one other store.

    Args:
        store: its folder.
        runs: how many of its runs were taken.
        runs_there: how many were there already, with the same figures.
        studies: how many of its studies were taken.
        studies_there: how many were there already.
        openings: how many of its entries of the test-set ledger were taken.
        openings_there: how many were there already.
        conflicts: what has other figures in the two stores and was not taken, each a sentence.
        left_out: what could not be read, each a sentence.
    """

    store: str
    runs: int
    runs_there: int
    studies: int
    studies_there: int
    openings: int
    openings_there: int
    conflicts: tuple[str, ...]
    left_out: tuple[str, ...]


def merge_stores(store: Path, others: Sequence[Path]) -> tuple[Merged, ...]:
    """Takes the runs, studies and openings of other stores into a store; the others are only read.

    A run that is in both stays as it is in the first, unless it failed there and not in the other. Entries of the
    test-set ledger that are equal in every field are the same opening. Unfinished trainings are not taken.

    Args:
        store: the folder of the store that grows; it is made where it is missing.
        others: the folders of the other stores. All are checked before anything is taken.

    A store with nothing but a ledger gives that.

    Returns:
        What came of each of the others, in their order.

    Raises:
        SpecError: two of the folders are the same.
        StorageError: one of the others is no store, or the system refuses.
        RecordError: a store is damaged or was written by a newer classlab.
        LockedError: another process is writing to one of them.
    """
    places = [place.resolve() for place in (store, *others)]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise SpecError(f"stores that are merged must be different folders, but got {twice} twice. Name it once.")
    with ExitStack() as opened:
        sources = [opened.enter_context(_held(other)) for other in others]
        target = opened.enter_context(open_store(store, write=True))
        return tuple(_Merging(target, source).all() for source in sources)


class _LedgerAlone(NamedTuple):
    """A store without a database, as trainings outside of studies leave it.

    Args:
        root: its folder.
        entries: its ledger's.
    """

    root: Path
    entries: tuple[Opening, ...]


@contextmanager
def _held(folder: Path) -> Iterator[Store | _LedgerAlone]:
    """A store to read from that nobody writes to meanwhile; where not even a lock can be written, nobody will."""
    if is_ledger_alone(folder):
        yield _LedgerAlone(folder, read_ledger(folder))
        return
    with open_store(folder, write=False) as store, ExitStack() as lock:
        with suppress(StorageError):
            lock.enter_context(locked_folder(folder))
        yield store


@dataclass(eq=False)
class _Merging:
    """One store on its way into another."""

    target: Store
    source: Store | _LedgerAlone
    taken: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    conflicts: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def all(self) -> Merged:
        """Openings first: a kill must not leave runs whose test images nobody is known to have opened."""
        if isinstance(self.source, _LedgerAlone):
            self._take_openings(self.source.entries)
        else:
            self._take_openings(self.source.openings())
            self._take_runs(self.source)
            self._take_studies(self.source)
        return Merged(
            store=str(self.source.root),
            runs=self.taken["runs"],
            runs_there=self.there["runs"],
            studies=self.taken["studies"],
            studies_there=self.there["studies"],
            openings=self.taken["openings"],
            openings_there=self.there["openings"],
            conflicts=tuple(self.conflicts),
            left_out=tuple(self.left_out),
        )

    def _take_openings(self, openings: Sequence[Opening]) -> None:
        theirs = Counter(openings)
        new = theirs - Counter(self.target.openings())
        if new:
            append_lines(self.target.root, sorted(new.elements(), key=lambda opening: opening.time))
            fault("merged-lines-without-rows")
            self.target.take_in_openings()
        self.taken["openings"] = new.total()
        self.there["openings"] = theirs.total() - new.total()

    def _take_runs(self, source: Store) -> None:
        batch: list[StoredRun] = []
        for identity in source.identities():
            try:
                run = self._read(source, identity) if self._is_wanted(source, identity) else None
            except (RecordError, StorageError) as problem:
                self.left_out.append(str(problem))
                continue
            if run is None:
                continue
            batch.append(run)
            if len(batch) == _BATCH_RUNS or sum(each.size for each in batch) > _BATCH_BYTES:
                self._add(batch)
                batch = []
        self._add(batch)

    def _add(self, batch: Sequence[StoredRun]) -> None:
        self.target.add(batch, opening=None)
        self.taken["runs"] += len(batch)
        fault("merged-runs")

    def _is_wanted(self, source: Store, identity: str) -> bool:
        """Whether a run is to be taken; one that is there already is counted, or told where it has other figures."""
        mine = self.target.record_text(identity)
        if mine is None:
            return True
        if mine == source.record_text(identity):
            self.there["runs"] += 1
            return False
        here, beside = self.target.record(identity), source.record(identity)
        if here is None or beside is None:  # removed since it was listed
            return False
        if here.state == "failed" and beside.state != "failed":
            return True
        if beside.state == "failed" or _outcome(here) == _outcome(beside):
            self.there["runs"] += 1
        else:
            self.conflicts.append(
                f"the run {identity} came out otherwise in {source.root}{_accuracies(here, beside)}; the one of "
                f"{self.target.root} was kept."
            )
        return False

    def _read(self, source: Store, identity: str) -> StoredRun:
        run = source.stored(identity)
        offer_backbone(source.folder(identity), run.record)
        return run

    def _take_studies(self, source: Store) -> None:
        known = {entry.name: entry.finished for entry in self.target.studies()}
        for entry in source.studies():
            try:
                study = source.study(entry.name)
            except RecordError as problem:
                self.left_out.append(str(problem))
                continue
            mine = self.target.study(entry.name) if entry.name in known else None
            if mine is None or (entry.finished and not known[entry.name] and mine.spec == study.spec):
                self.target.save_study(study, unfinished=not entry.finished)
                self.taken["studies"] += 1
            elif _is_same(mine, study):
                self.there["studies"] += 1
            else:
                self.conflicts.append(
                    f"the study {entry.name!r} is another one in {source.root}; the one of {self.target.root} was kept."
                )


def _outcome(record: RunRecord) -> list[Any]:
    """What a run came to, wherever and whenever it was trained; as JSON, where a NaN is equal to another one."""
    plain = to_plain(record)
    return [plain[name] for name in _OUTCOME]


def _accuracies(here: RunRecord, beside: RunRecord) -> str:
    """Where the two trainings differ, as far as validation accuracies show it."""
    if here.validation is None or beside.validation is None:
        return ""
    found = [f"{each.validation.accuracy:.4f}" for each in (beside, here) if each.validation]
    return f" (validation accuracy {found[0]}, not {found[1]})" if found[0] != found[1] else ""


def _is_same(one: StudyRecord, other: StudyRecord) -> bool:
    """Whether two records are of the same study with the same runs; their ledgers and notices may have grown since."""
    names = [[run.identity for run in (*study.runs, *study.confirmation)] for study in (one, other)]
    return one.spec == other.spec and names[0] == names[1]
