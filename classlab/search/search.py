"""A search: population after population of candidates until the budget is spent, then the finalists' study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.records import Architecture
from classlab.records.plain import time_stamp
from classlab.records.search import Budget, SearchRecord, SearchSpec
from classlab.records.study import direction
from classlab.search.budget import Spending
from classlab.search.candidates import (
    CandidateTrainer,
    candidate_of,
    failed_candidate,
    parameters_of,
    population_key,
)
from classlab.search.estimate import Estimate, estimated
from classlab.search.finals import finalists_of, front_of, judge_finalists
from classlab.search.halving import Halving, rungs_of
from classlab.search.sampling import draw_population, importances, need_optuna
from classlab.search.search_progress import SearchObserver, SearchReport, Unwatched
from classlab.search.search_store import earlier_search, save_search
from classlab.studies.work.plan import members_that_fit, trains_in_lock_step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from classlab.datasets.dataset import Dataset
    from classlab.options.words import DeviceName
    from classlab.records import Arm, StudyRecord
    from classlab.records.progress import EpochReport
    from classlab.records.search import Candidate, SearchEnd
    from classlab.search.search_file import SearchDraft
    from classlab.search.space import Point
    from classlab.studies.asked.assignment import Assignment
    from classlab.studies.work.memory_store import RunStore
    from classlab.studies.work.study_progress import StudyObserver

# Candidates of one structure. A dozen go evenly on 2, 3, 4, 6 or 12 cores and leave some at the second rung; where a
# step is arithmetic, shared or not, fewer of them let more structures be tried.
_SEATS = 12
_HEAVY_SEATS = 4
_HOPELESS = 4  # populations, each of another structure, none of whose candidates finished an epoch


@dataclass(kw_only=True, eq=False)
class Search:
    """A search on its way.

    Args:
        draft: what was asked for.
        dataset: the images.
        store: where the finalists' runs go, and where checkpoints lie.
        folder: of the store, where the record is kept; None keeps it in memory.
        device: where to compute.
        command: what reproduces the search.
        again: begin anew where the store has this search.
        now: the time to put on record; the clock's where it is None.
    """

    draft: SearchDraft
    dataset: Dataset
    store: RunStore
    folder: Path | None = None
    device: DeviceName = "auto"
    command: str = ""
    again: bool = False
    now: datetime | None = None

    def __post_init__(self) -> None:
        need_optuna()
        self.spec = search_spec(self.draft, self.dataset)
        self.record = self._begun()
        self._trainer = CandidateTrainer(
            dataset=self.dataset, space=self.draft.space, seed=self.spec.seed, device=self.device
        )

    def estimate(self) -> Estimate:
        """What the whole search will come to: at its own speed so far, or at that of its first candidates.

        Raises:
            SpecError: the first candidates do not fit the images.
        """
        if self.record.epochs:
            return estimated(self.spec, self.record.seconds / self.record.epochs)
        points = draw_population(self.draft.space, self.spec, (), number=0, seats=_SEATS)
        assigned = self._trainer.assigned(points)
        return estimated(self.spec, self._trainer.seconds_per_epoch(assigned[: _seats(assigned[0])]))

    def search(self, observer: SearchObserver | None = None) -> SearchRecord:
        """Draws and trains until the budget or the space is used up.

        Every population that has ended is on record, and a population in training has its checkpoint: a search that was
        stopped goes on when it is run again. With more of a budget an earlier search goes on as well. On one machine,
        and where the budget is no wall time, it gives the candidates and figures of one that was never stopped.

        Args:
            observer: told how the search stands.

        Raises:
            SpecError: the first candidates do not fit the images.
            MissingExtraError: what trains a candidate is not installed.
            StorageError: the store cannot be written; what is finished is kept.
        """
        if self.record.end != "running":
            return self.record
        self._observer = observer or Unwatched()
        self._spending = Spending(self.spec, self.record.seconds)
        try:
            end = self._draw_and_train()
        except KeyboardInterrupt:
            self._keep(seconds=self._spending.spent)
            raise
        found = replace(self.record, front=front_of(self.record))
        most = self._spending.finalists(found.epochs)
        finalists = finalists_of(found, most=most)
        self._keep(
            end=end,
            importances=importances(self.draft.space, self.spec, found.candidates),
            front=found.front,
            finalists=tuple(each.number for each in finalists),
            notices=self._notices(len(finalists), most),
            seconds=self._spending.spent,
        )
        return self.record

    def _notices(self, finalists: int, most: int) -> tuple[str, ...]:
        """That there are fewer finalists than were asked for, beside what was said before."""
        asked = self.spec.finalists
        if finalists == asked:
            return self.record.notices
        kind = (
            "candidates with a figure" if self.spec.second is None else "candidates that none beats in both objectives"
        )
        word = f"The search has only {finalists} {kind}, so there are no {asked} finalists."
        if finalists == most:
            word = f"Time was left for {finalists} of the {asked} finalists that were asked for."
        return (*self.record.notices, word)

    def judge(
        self,
        observer: StudyObserver | None = None,
        *,
        beside: Sequence[Arm] = (),
        name: Callable[[Candidate], str] | None = None,
    ) -> StudyRecord | None:
        """Trains the finalists again from fresh seeds, measures them on the test images, and has a study judge them.

        Args:
            observer: told how the study stands.
            beside: arms from elsewhere that are trained from the same seeds and judged with the finalists.
            name: what the arm of a finalist is called; None for the candidate's number.

        Returns:
            The study's record; None where there are no finalists.

        Raises:
            StorageError: the store cannot be written; what is finished is kept.
        """
        if not self.record.finalists:
            return None
        study = judge_finalists(
            self.record,
            self.draft,
            self.dataset,
            store=self.store,
            observer=observer,
            device=self.device,
            beside=beside,
            name=name,
            now=self.now,
        )
        self._keep(study=study.spec.name)
        return study

    def _draw_and_train(self) -> SearchEnd:
        """Population after population; why there are no more."""
        while True:
            number = 1 + max((each.population for each in self.record.candidates), default=-1)
            seats = self._spending.seats(self.record, most=_SEATS)
            if not seats:
                return "budget"
            points = draw_population(self.draft.space, self.spec, self.record.candidates, number=number, seats=seats)
            if not points:
                return "exhausted"
            found = self._trained(points, number)
            self._keep(candidates=(*self.record.candidates, *found), seconds=self._spending.spent)
            if number + 1 >= _HOPELESS and not self.record.epochs:
                raise SpecError(
                    "a search must have candidates that train for an epoch, but the first "
                    f"{len(self.record.candidates)} did not. The last one: {found[-1].reason}. Change the space."
                )

    def _trained(self, points: Sequence[Point], population: int) -> list[Candidate]:
        """Trains one population."""
        first = len(self.record.candidates)
        common: dict[str, Any] = {"space": self.draft.space, "population": population}
        try:
            assigned = self._trainer.assigned(points)
        except SpecError as refusal:
            if not first:  # most likely all candidates are refused alike
                raise
            return [
                failed_candidate(point, str(refusal), number=first + place, **common)
                for place, point in enumerate(points)
            ]
        assigned = assigned[: _seats(assigned[0])]
        key = population_key(assigned)
        folder = self.store.work_folder(key)
        halving = self._halving(assigned)
        outcomes = self._trainer.train(assigned, folder=folder, halving=halving)
        self.store.remove_work(key)
        if isinstance(outcomes, str):
            return [
                failed_candidate(point, outcomes, number=first + place, **common)
                for place, point in enumerate(points[: len(assigned)])
            ]
        return [
            candidate_of(
                points[place],
                assigned[place].specs[0],
                outcome,
                number=first + place,
                seconds=halving.seconds.get(place, 0.0),
                **common,
            )
            for place, outcome in enumerate(outcomes)
        ]

    def _halving(self, assigned: Sequence[Assignment]) -> Halving:
        before = self.record.epochs
        return Halving(
            spec=self.spec,
            earlier=self.record.candidates,
            parameters=parameters_of(assigned[0].specs[0]),
            left=lambda trained: self._spending.epochs_left(before + trained),
            told=self._tell,
        )

    def _tell(self, report: EpochReport) -> None:
        """Says where the search stands after an epoch of a population."""
        best = self.record.best
        figure = None if best is None else best.figure(self.spec.objective)
        if best is None:
            now = [each.figures[self.spec.objective] for each in report.members if each.figures]
            figure = max(now, key=lambda value: value * direction(self.spec.objective), default=None)
        trained = self.record.epochs + sum(len(each.history.get("val_loss", ())) for each in report.members)
        candidates = len(self.record.candidates) + len(report.members)
        self._observer.search_moved(
            SearchReport(
                candidates=candidates,
                training=sum(each.state == "training" for each in report.members),
                epoch=report.epoch,
                epochs=self.spec.rungs[-1],
                trained=trained,
                best=figure,
                seconds=self._spending.spent,
                seconds_left=self._spending.expected(candidates, trained),
            )
        )

    def _begun(self) -> SearchRecord:
        """The record of this very search so far, or an empty one."""
        earlier = None if self.folder is None else earlier_search(self.folder, self.spec.name)
        fresh = SearchRecord(spec=self.spec, created=time_stamp(self.now), command=self.command)
        if earlier is None or self.again:
            return fresh
        if _what_is_drawn(earlier.spec) == _what_is_drawn(self.spec):
            if earlier.spec == self.spec:
                return earlier
            return replace(earlier, spec=self.spec, end="running", notices=(), command=self.command)
        lost = f"The store had another search {self.spec.name!r}; this one takes its place."
        return replace(fresh, notices=(lost,))

    def _keep(self, **changes: Any) -> None:
        self.record = replace(self.record, **changes, created=time_stamp(self.now))
        if self.folder is not None:
            save_search(self.folder, self.record)


def search_spec(draft: SearchDraft, dataset: Dataset) -> SearchSpec:
    """What was asked for, as a record."""
    settings, study = draft.settings, draft.study
    seed = settings["seed"]
    return SearchSpec(
        name=study.name,
        question=study.question,
        data=dataset.name,
        digest=dataset.digest,
        dimensions=tuple(draft.space.dimensions.values()),
        fixed=draft.space.fixed,
        arms=draft.space.arms,
        objective=study.select,
        second=settings["second"],
        sampler=settings["sampler"],
        rungs=rungs_of(draft.epochs, settings["reduction"]),
        reduction=settings["reduction"],
        budget=Budget(minutes=settings["minutes"], runs=settings["runs"], epochs=settings["total_epochs"]),
        seed=seed,
        finalists=settings["finalists"],
        seeds=tuple(range(seed + 1, seed + 1 + len(study.seeds))) if settings["finalists"] else (),
    )


def _seats(assigned: Assignment) -> int:
    """How many candidates of one structure train together."""
    spec = assigned.specs[0]
    light = isinstance(spec.architecture, Architecture) and trains_in_lock_step(spec.architecture)
    return min(_SEATS if light else _HEAVY_SEATS, members_that_fit(spec))


def _what_is_drawn(spec: SearchSpec) -> SearchSpec:
    """A search without what may change while it goes on: budget, question, and what becomes of the finalists."""
    return replace(spec, budget=Budget(), finalists=0, seeds=(), question="")
