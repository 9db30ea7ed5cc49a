"""Where a study stands: one report for all its populations, with an estimate of the time that is left."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from classlab.records import identity
from classlab.records.base import Record
from classlab.studies.work.plan import work_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from classlab.records import RunRecord, RunSpec, StudySpec
    from classlab.records.progress import EpochReport, Observer, StepReport
    from classlab.studies.work.plan import PlannedPopulation


@dataclass(frozen=True, kw_only=True)
class ArmProgress(Record):
    """Where one arm stands.

    Args:
        name: the arm.
        done: runs that are trained and kept.
        runs: runs of the study.
        epoch: epochs finished in the population that is training, 0 where the arm is not in it.
        epochs: epochs of a run.
        figures: mean over the runs that train now, or else over those that are done, under Keras's names.
        trouble: runs that diverged or failed.
    """

    name: str
    done: int
    runs: int
    epoch: int
    epochs: int
    figures: dict[str, float]
    trouble: int


@dataclass(frozen=True, kw_only=True)
class StudyReport(Record):
    """Where a study stands.

    Args:
        arms: every arm, in the study's order.
        done: runs that are trained and kept, those found in the store included.
        runs: runs of the study; one configuration under two names counts once.
        population: the population that is training, from 1, those found in the store included; of those that train
            side by side, the first.
        populations: all of the study.
        epoch: epochs that are finished of this population, or of that of several of which was heard last.
        epochs: epochs of its longest run; 0 where populations train elsewhere and are heard of when they are trained.
        seconds: wall time of this session's training, in seconds.
        seconds_left: expected wall time until the last run is trained, in seconds; None before the second epoch of a
            session, because the first one is slow for reasons of its own.
        all_epochs: epochs that the study's runs have together; 0 in what an earlier version wrote.
        all_finished: those of them that are finished; all of a run that stopped early.
        step: steps of the epoch after `epoch` that are done; 0 where an epoch has just ended.
        steps: of an epoch; 0 where an epoch has just ended.
    """

    arms: tuple[ArmProgress, ...]
    done: int
    runs: int
    population: int
    populations: int
    epoch: int
    epochs: int
    seconds: float
    seconds_left: float | None
    all_epochs: int = 0
    all_finished: int = 0
    step: int = 0
    steps: int = 0


class StudyObserver(Protocol):
    """Whoever watches a study."""

    def study_moved(self, report: StudyReport) -> None:
        """Called when training begins, after every epoch, and whenever a population is kept."""


@runtime_checkable
class StepwiseObserver(StudyObserver, Protocol):
    """Whoever also wants to know how far an epoch is."""

    def study_stepped(self, report: StudyReport) -> None:
        """Called at most a few times a second, by whichever thread trains; it must not end the training."""


@runtime_checkable
class PopulationObserver(StudyObserver, Protocol):
    """Whoever also wants to see the single runs of a study, as the doctor does."""

    def population_moved(self, specs: Sequence[RunSpec], arms: Sequence[str], report: EpochReport) -> None:
        """Called before the first step of a population and after every epoch.

        Args:
            specs: its runs, in the order of the report's members.
            arms: the arm of each.
            report: where the population stands.
        """


class PlanObserver(Protocol):
    """Whoever watches populations that are trained, one after the other or side by side."""

    def begin(self, position: int) -> Observer:
        """Called before a population's training; gives whoever is told of it."""


class Unwatched:
    """Watches nothing."""

    def study_moved(self, report: StudyReport) -> None:
        """Ignores the report."""


class StudyProgress:
    """Listens to the populations of a study and reports on the whole.

    Args:
        study: arms and seeds.
        populations: those that are trained in this session.
        images: training images of an epoch, by position in `populations`.
        known: records that the store holds already, by identity.
        observer: who is told.
        clock: seconds that only ever grow.
        found: populations that the store held already as wholes.
    """

    def __init__(
        self,
        study: StudySpec,
        populations: Sequence[PlannedPopulation],
        images: Sequence[int],
        *,
        known: dict[str, RunRecord],
        observer: StudyObserver,
        clock: Callable[[], float] = time.perf_counter,
        found: int = 0,
    ) -> None:
        self._found = found
        self._study, self._populations, self._observer, self._clock = study, populations, observer, clock
        self._arms = [[identity(spec) for spec in arm.run_specs(study.seeds)] for arm in study.arms]
        self._asked = {
            name: arm.spec.epochs for arm, names in zip(study.arms, self._arms, strict=True) for name in names
        }
        self._records = dict(known)
        self._work = [
            sum(work_of(spec, count) for spec in population.specs)
            for population, count in zip(populations, images, strict=True)
        ]
        self._kept = 0
        self._training: dict[int, _Training] = {}
        self._heard = 0, 0  # epochs that are finished, and all of them, of the population that was heard last
        self._began, self._work_done = clock(), 0.0
        self._pace: tuple[float, float] | None = None  # time and work done when the first epoch had ended

    def begin(self, position: int) -> _Training:
        """A population starts."""
        training = self._training[position] = _Training(self, self._populations[position])
        self.tell(training)
        return training

    def show(self, training: _Training, report: EpochReport) -> None:
        """Hands the runs of a population on to whoever wants to see them."""
        if isinstance(self._observer, PopulationObserver):
            specs, names = training.population.specs, training.population.identities
            self._observer.population_moved(specs, [self._arm_of(name) for name in names], report)

    def tell(self, training: _Training) -> None:
        """A population has begun, or finished an epoch."""
        self._heard = training.epoch, training.epochs
        if self._pace is None and training.first is not None:
            self._pace = self._clock(), self._done()[0]
        self._tell()

    def step(self, training: _Training, figures: dict[str, dict[str, float]], within: StepReport) -> None:
        """A population is within an epoch."""
        if isinstance(self._observer, StepwiseObserver):
            self._heard = training.epoch, training.epochs
            now = self._figures()
            self._observer.study_stepped(
                self._report(now | {n: now.get(n, {}) | f for n, f in figures.items()}, within)
            )

    def kept(self, records: Sequence[RunRecord], *, position: int) -> None:
        """A population is in the store."""
        training = self._training.pop(position, None)
        self._work_done += self._work[position] * (1.0 if training is None else training.share_here)
        self._work[position] = 0.0
        self._kept += 1
        self._records |= {record.identity: record for record in records}
        if training is not None:
            self._heard = training.epochs, training.epochs
        self._tell()

    def _arm_of(self, name: str) -> str:
        places = (place for place, names in enumerate(self._arms) if name in names)
        return self._study.arms[next(places)].name

    def _tell(self) -> None:
        self._observer.study_moved(self._report(self._figures()))

    def _figures(self) -> dict[str, dict[str, float]]:
        return {name: figures for training in self._training.values() for name, figures in training.figures.items()}

    def _report(self, figures: Mapping[str, dict[str, float]], within: StepReport | None = None) -> StudyReport:
        """Where the study stands, with these figures of the runs that train now."""
        epochs = {name: training.epoch for training in self._training.values() for name in training.figures}
        finished = {name: min(epochs[name], self._asked[name]) for name in epochs if name not in self._records}
        epoch, of = self._heard
        return StudyReport(
            arms=tuple(self._arm(position, figures, epochs) for position in range(len(self._arms))),
            done=sum(name in self._records for name in self._asked),
            runs=len(self._asked),
            population=self._found + min(self._kept + 1, len(self._populations)),
            populations=self._found + len(self._populations),
            epoch=epoch,
            epochs=of,
            seconds=self._clock() - self._began,
            seconds_left=self._left(0.0 if within is None else within.share),
            all_epochs=sum(self._asked.values()),
            all_finished=sum(finished.values())
            + sum(epochs for name, epochs in self._asked.items() if name in self._records),
            step=0 if within is None else within.step,
            steps=0 if within is None else within.steps,
        )

    def _arm(self, position: int, figures: Mapping[str, dict[str, float]], epochs: Mapping[str, int]) -> ArmProgress:
        names = self._arms[position]
        done = [self._records[name] for name in names if name in self._records]
        now = [figures[name] for name in names if figures.get(name)]
        ended = [{key: values[-1] for key, values in record.history.items() if values} for record in done]
        return ArmProgress(
            name=self._study.arms[position].name,
            done=len(done),
            runs=len(names),
            epoch=max((epochs.get(name, 0) for name in names), default=0),
            epochs=self._study.arms[position].spec.epochs,
            figures=_means(now or ended),
            trouble=sum(record.state in ("diverged", "failed") for record in done),
        )

    def _left(self, share: float) -> float | None:
        """What is left of the work, at the speed of what was done since the first epoch, which is slow.

        Within the first epoch it is that epoch's own speed.
        """
        done, left = self._done(share)
        since, before = self._pace or ((self._began, 0.0) if share else (0.0, done))
        return None if done <= before else (self._clock() - since) * left / (done - before)

    def _done(self, share: float = 0.0) -> tuple[float, float]:
        """The work that was done in this session, a share of the next epoch with it, and what is left of it.

        A share is told by populations that train by themselves.
        """
        here, left = 0.0, sum(self._work)
        for position, training in self._training.items():
            whole = self._work[position] / training.epochs
            here += whole * (training.here + share)
            left -= whole * (training.epoch + share)
        return self._work_done + here, left


class _Training:
    """One population in training, told by it how far it is.

    Args:
        study: told in turn.
        population: the runs.
    """

    def __init__(self, study: StudyProgress, population: PlannedPopulation) -> None:
        self._study, self.population = study, population
        self.epoch, self.epochs = 0, max(spec.epochs for spec in population.specs)
        self.figures: dict[str, dict[str, float]] = {}
        self.first: int | None = None  # epochs finished before this session, where a checkpoint was resumed

    @property
    def here(self) -> int:
        """Epochs finished in this session."""
        return 0 if self.first is None else self.epoch - self.first

    @property
    def share_here(self) -> float:
        """Of the training, what this session has done once it is over."""
        return 1 - (self.first or 0) / max(1, self.epochs)

    def training_began(self, report: EpochReport) -> None:
        """It is ready for its first step."""
        if self._is_whole(report):
            self._study.show(self, report)

    def epoch_finished(self, report: EpochReport) -> None:
        """An epoch is over."""
        if self._is_whole(report):
            self._study.show(self, report)
            pairs = zip(self.population.identities, report.members, strict=True)
            self.figures = {name: dict(member.figures) for name, member in pairs}
        if self.first is None:
            self.first = report.epoch - 1
        self.epoch, self.epochs = report.epoch, report.epochs
        self._study.tell(self)

    def epoch_moved(self, report: StepReport) -> None:
        """A part of an epoch is over."""
        names = self.population.identities
        known = max(report.figures, default=0) < len(names)
        figures = {names[index]: dict(each) for index, each in report.figures.items()} if known else {}
        self._study.step(self, figures, report)

    def _is_whole(self, report: EpochReport) -> bool:
        """Whether it speaks of these runs; a population that failed as a whole is repeated run by run."""
        return len(report.members) == len(self.population.specs)


def _means(figures: Sequence[dict[str, float]]) -> dict[str, float]:
    keys = dict.fromkeys(key for each in figures for key in each)
    return {key: fmean(each[key] for each in figures if key in each) for key in keys}
