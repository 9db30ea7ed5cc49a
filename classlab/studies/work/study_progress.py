"""Where a study stands: one report for all its populations, with an estimate of the time that is left."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from classlab.records import identity
from classlab.records.base import Record
from classlab.records.progress import Observer
from classlab.studies.work.plan import work_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from classlab.records import RunRecord, RunSpec, StudySpec
    from classlab.records.progress import EpochReport, StepReport
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
            side by side elsewhere, the first.
        populations: all of the study.
        epoch: epochs of this population that are finished.
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


class PlanObserver(Observer, Protocol):
    """Whoever watches populations that are trained one after the other."""

    def begin(self, position: int) -> None:
        """Called before a population's training; its epochs follow."""


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
        self._position, self._kept = 0, 0
        self._training: dict[str, dict[str, float]] = {}
        self._epoch, self._epochs = 0, 0
        self._first_epoch: int | None = None  # of this session, where a checkpoint was resumed
        self._began, self._work_done = clock(), 0.0
        self._pace: tuple[float, float] | None = None  # time and work done when the first epoch had ended

    def begin(self, position: int) -> None:
        """A population starts."""
        self._position, self._training, self._first_epoch = position, {}, None
        self._epoch, self._epochs = 0, max(spec.epochs for spec in self._populations[position].specs)
        self._tell()

    def training_began(self, report: EpochReport) -> None:
        """The population that started last is ready for its first step."""
        self._show(report)

    def epoch_finished(self, report: EpochReport) -> None:
        """An epoch of the population that started last."""
        self._show(report)
        identities = self._populations[self._position].identities
        if self._first_epoch is None:
            self._first_epoch = report.epoch - 1
        self._epoch, self._epochs = report.epoch, report.epochs
        if self._pace is None:
            self._pace = self._clock(), self._done()[0]
        # A population that failed as a whole is repeated run by run; those reports have other members.
        if len(report.members) == len(identities):
            pairs = zip(identities, report.members, strict=True)
            self._training = {name: dict(member.figures) for name, member in pairs}
        self._tell()

    def epoch_moved(self, report: StepReport) -> None:
        """A part of an epoch of the population that started last."""
        if not isinstance(self._observer, StepwiseObserver):
            return
        names = self._populations[self._position].identities
        training = {name: dict(figures) for name, figures in self._training.items()}
        if max(report.figures, default=0) < len(names):
            for index, figures in report.figures.items():
                training[names[index]] = training.get(names[index], {}) | figures
        self._observer.study_stepped(self._report(training, report))

    def kept(self, records: Sequence[RunRecord], *, position: int) -> None:
        """A population is in the store; of those that begin here, the one that started last."""
        share = 1 - (self._first_epoch or 0) / max(1, self._epochs)
        self._work_done += self._work[position] * share
        self._work[position] = 0.0
        self._kept += 1
        self._records |= {record.identity: record for record in records}
        self._training, self._epoch, self._first_epoch = {}, self._epochs, None
        self._position = min(position + 1, len(self._populations))
        self._tell()

    def _show(self, report: EpochReport) -> None:
        population = self._populations[self._position]
        specs = population.specs
        # A population that failed as a whole is repeated run by run; those reports have other members.
        if isinstance(self._observer, PopulationObserver) and len(report.members) == len(specs):
            self._observer.population_moved(specs, [self._arm_of(name) for name in population.identities], report)

    def _arm_of(self, name: str) -> str:
        places = (place for place, names in enumerate(self._arms) if name in names)
        return self._study.arms[next(places)].name

    def _tell(self) -> None:
        self._observer.study_moved(self._report(self._training))

    def _report(self, figures: Mapping[str, dict[str, float]], within: StepReport | None = None) -> StudyReport:
        """Where the study stands, with these figures of the runs that train now."""
        training = {name: min(self._epoch, self._asked[name]) for name in self._training if name not in self._records}
        return StudyReport(
            arms=tuple(self._arm(position, figures) for position in range(len(self._arms))),
            done=sum(name in self._records for name in self._asked),
            runs=len(self._asked),
            population=self._found + min(self._kept + 1, len(self._populations)),
            populations=self._found + len(self._populations),
            epoch=self._epoch,
            epochs=self._epochs,
            seconds=self._clock() - self._began,
            seconds_left=self._left(0.0 if within is None else within.share),
            all_epochs=sum(self._asked.values()),
            all_finished=sum(training.values())
            + sum(epochs for name, epochs in self._asked.items() if name in self._records),
            step=0 if within is None else within.step,
            steps=0 if within is None else within.steps,
        )

    def _arm(self, position: int, figures: Mapping[str, dict[str, float]]) -> ArmProgress:
        names = self._arms[position]
        done = [self._records[name] for name in names if name in self._records]
        now = [figures[name] for name in names if figures.get(name)]
        ended = [{key: values[-1] for key, values in record.history.items() if values} for record in done]
        return ArmProgress(
            name=self._study.arms[position].name,
            done=len(done),
            runs=len(names),
            epoch=self._epoch if now else 0,
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
        """The work that was done in this session, a share of the next epoch with it, and what is left of it."""
        here = 0.0
        left = sum(self._work)
        if (share or self._first_epoch is not None) and self._position < len(self._work):
            whole = self._work[self._position] / self._epochs
            first = self._epoch if self._first_epoch is None else self._first_epoch
            here = whole * (self._epoch + share - first)
            left -= whole * (self._epoch + share)
        return self._work_done + here, left


def _means(figures: Sequence[dict[str, float]]) -> dict[str, float]:
    keys = dict.fromkeys(key for each in figures for key in each)
    return {key: fmean(each[key] for each in figures if key in each) for key in keys}
