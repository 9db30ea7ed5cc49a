"""Training a study: population by population into a store, so that whatever stops it costs one epoch at most."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlab.analysis import judge_study
from classlab.analysis.notices import notices
from classlab.errors import OptionError, SpecError
from classlab.files.fault import fault
from classlab.records import Opening, RunRecord, StudyRecord, StudySpec, configuration, identity
from classlab.records.plain import time_stamp
from classlab.studies.asked.augmentation_word import augmentation_words
from classlab.studies.asked.network_fit import check_fit
from classlab.studies.runs.training_folder import discard_checkpoint
from classlab.studies.work.earlier_study import (
    confirmed_seeds,
    kept_confirmation,
    lost_confirmation,
    replaced_notices,
)
from classlab.studies.work.places import ThisProcess, TrainingPlace
from classlab.studies.work.plan import PlannedPopulation, plan_runs
from classlab.studies.work.population_training import PopulationTrainer
from classlab.studies.work.standing import seen_by_others
from classlab.studies.work.study_progress import StudyObserver, StudyProgress, Unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import Literal

    from classlab.datasets.dataset import Dataset
    from classlab.options.words import DeviceName
    from classlab.records import Arm
    from classlab.studies.runs.run_folder import StoredRun
    from classlab.studies.work.memory_store import RunStore
    from classlab.training import Weights

    Purpose = Literal["study", "confirmation"]


def run_study(
    spec: StudySpec,
    dataset: Dataset,
    *,
    store: RunStore,
    initial: Mapping[str, Weights] | None = None,
    notes: Mapping[str, tuple[str, ...]] | None = None,
    observer: StudyObserver | None = None,
    confirm: int = 0,
    device: DeviceName = "auto",
    command: str = "",
    remarks: Sequence[str] = (),
    again: bool = False,
    now: datetime | None = None,
    place: TrainingPlace | None = None,
    text: str = "",
) -> StudyRecord:
    """Trains what the store does not hold yet of a study, and puts the whole on record.

    Finished runs of a population, and the entry in the test-set ledger, enter the store in one transaction. A study
    that was stopped, by Ctrl-C or by a power cut, goes on when it is run again: finished runs are found in the store,
    and the population in training continues from the checkpoint of its last epoch. Populations follow from the study
    alone, so the figures are those of a study that was never stopped, bit for bit. Runs that failed are tried again.
    An earlier confirmation stays in the record where it is of the arms and seeds that would be confirmed now.

    Args:
        spec: arms and seeds.
        dataset: the images.
        store: where runs live; `open_store(folder, write=True)` or a `MemoryStore`.
        initial: given weights that arms start from, by the digest in their specification.
        notes: remarks about a model for its runs' records, by the arm's name.
        observer: told how the study stands.
        confirm: train the first-ranked arm and its rival again on so many fresh seeds; 0 for not at all.
        device: where to compute.
        command: what reproduces the study.
        remarks: what its reader must know and the study itself cannot tell, each a sentence.
        again: train every run anew, also those that the store holds.
        now: the time to put on record; the clock's where it is None.
        place: where populations are trained; this process where it is None.
        text: the study file that it stands for, from which another process can go on; "" where there is none.

    Returns:
        The record, which is in the store as well. A run that diverged or failed is part of it.

    Raises:
        SpecError: an arm does not fit the images, or its given weights are missing.
        MissingExtraError: PyTorch or Keras is not installed, and a run that is still to be trained needs it.
        DataError: the images cannot be divided as an arm asks.
        StorageError: the store cannot be written; what is finished is kept.
        WorkerError: the place has no workers that can train.
    """
    check_confirmation(confirm)
    _check(spec, dataset, initial or {})
    trainer = PopulationTrainer(
        dataset=dataset,
        initial=initial or {},
        notes=_notes_by_identity(spec, notes or {}, confirm),
        device=device,
        command=command,
        now=now,
    )
    place = place or ThisProcess()
    place.check(trainer, [arm.spec for arm in spec.arms])
    earlier = store.earlier_study(spec.name)
    watched = seen_by_others(
        spec,
        store.standing_folder(spec.name),
        inner=observer or Unwatched(),
        text=text,
        command=command,
        confirm=confirm,
    )
    with watched as (seen, clock):
        sweep = _Sweep(spec, trainer, place, store, seen, clock=clock, again=again)
        sweep.train(spec.arms, spec.seeds, purpose="study")
        runs = sweep.records(spec.arms, spec.seeds)
        words = augmentation_words([arm.spec for arm in spec.arms], dataset.class_names)
        told = [*remarks, *notices(spec), *words, *replaced_notices(spec, earlier)]
        confirmation: tuple[RunRecord, ...] = ()
        before = confirmed_seeds(earlier)
        if confirm or before:
            finalists = _finalists(spec, runs, command=command)
            fresh = fresh_seeds(spec, confirm or before)
            if confirm:
                sweep.train(finalists, fresh, purpose="confirmation")
                confirmation = sweep.records(finalists, fresh)
            else:
                confirmation = kept_confirmation(earlier, finalists, fresh)
                told += [] if confirmation else [lost_confirmation(before)]
        record = StudyRecord(
            spec=spec,
            runs=runs,
            confirmation=confirmation,
            openings=store.openings(dataset.digest),
            notices=tuple(told),
            seconds=sweep.seconds,
            created=max(run.created for run in (*runs, *confirmation)),
            command=command,
        )
        fault("before-save")
        store.save_study(record)
        fault("after-save")
    return record


def _finalists(spec: StudySpec, runs: tuple[RunRecord, ...], *, command: str) -> list[Arm]:
    """The first-ranked arm, and the next candidate or else the next arm, as far as it is another configuration."""
    judgement = judge_study(StudyRecord(spec=spec, runs=runs, created="", command=command, seconds=0.0))
    distinct: dict[str, Arm] = {}
    for position in (*judgement.candidates, *judgement.ranking.order):
        arm = spec.arms[position]
        distinct.setdefault(configuration(arm.spec), arm)
    return list(distinct.values())[:2]


def fresh_seeds(spec: StudySpec, count: int) -> tuple[int, ...]:
    """Seeds that the study has not used: the ones after its largest."""
    first = max(spec.seeds) + 1
    return tuple(range(first, first + count))


def check_confirmation(count: int) -> None:
    """Refuses an impossible number of fresh seeds.

    Raises:
        SpecError: it is negative, or one, which has no spread.
    """
    if count < 0 or count == 1:
        raise OptionError(
            f"`confirm` must be at least 2 fresh seeds, or 0 for none, but got confirm={count}. 5 are usual."
        )


def missing(populations: Sequence[PlannedPopulation], store: RunStore) -> list[PlannedPopulation]:
    """What of a plan is still to be trained: runs that the store lacks, and those that failed."""
    left = []
    for population in populations:
        done = {name for name in population.identities if _is_done(store.record(name))}
        if len(done) < len(population.specs):
            left.append(population.without(done))
    return left


def _is_done(record: RunRecord | None) -> bool:
    return record is not None and record.state != "failed"


@dataclass(eq=False)
class _Sweep:
    """The populations of one study on their way into the store."""

    spec: StudySpec
    trainer: PopulationTrainer
    place: TrainingPlace
    store: RunStore
    observer: StudyObserver
    clock: Callable[[], float] = field(kw_only=True)
    again: bool = field(kw_only=True)
    seconds: float = 0.0
    _known: dict[str, RunRecord] = field(default_factory=dict)

    def train(self, arms: Sequence[Arm], seeds: Sequence[int], *, purpose: Purpose) -> None:
        """Trains every population of these arms and seeds that is not in the store."""
        plan = plan_runs(arms, seeds)
        wanted = plan if self.again else missing(plan, self.store)
        to_train = {name for population in wanted for name in population.identities}
        for name in {name for population in plan for name in population.identities} - to_train:
            record = self.store.record(name)
            if record is not None:
                self._known[name] = record
        progress = StudyProgress(
            StudySpec(name=self.spec.name, arms=tuple(arms), seeds=tuple(seeds)),
            wanted,
            [len(self.trainer.division(population.specs[0].data).train) for population in wanted],
            known=self._known,
            observer=self.observer,
            clock=self.clock,
            found=len(plan) - len(wanted),
        )
        with closing(self.place.train(self.trainer, wanted, folder=self._folder, progress=progress)) as trained:
            for position, runs in trained:
                self._keep(runs, purpose)
                self.store.remove_work(wanted[position].key)
                fault("after-removal")
                progress.kept([run.record for run in runs], position=position)

    def records(self, arms: Sequence[Arm], seeds: Sequence[int]) -> tuple[RunRecord, ...]:
        """The records of these runs, arm by arm, seed by seed and fold by fold."""
        return tuple(self._known[identity(spec)] for arm in arms for spec in arm.run_specs(seeds))

    def _folder(self, population: PlannedPopulation) -> Path | None:
        folder = self.store.work_folder(population.key)
        if folder is not None and self.again:
            discard_checkpoint(folder)
        return folder

    def _keep(self, runs: Sequence[StoredRun], purpose: Purpose) -> None:
        measured = sum(run.predictions is not None for run in runs)
        self.store.add(runs, opening=self._opening(purpose, measured) if measured else None)
        fault("after-add")
        records = [run.record for run in runs]
        self.seconds += max(record.seconds for record in records)
        self._known |= {record.identity: record for record in records}

    def _opening(self, purpose: Purpose, runs: int) -> Opening:
        dataset = self.trainer.dataset
        return Opening(
            time=time_stamp(self.trainer.now, exact=True),
            dataset=dataset.name,
            digest=dataset.digest,
            study=self.spec.name,
            purpose=purpose,
            runs=runs,
        )


def _check(spec: StudySpec, dataset: Dataset, initial: Mapping[str, Weights]) -> None:
    for arm in spec.arms:
        check_fit(arm.spec, dataset)
        if arm.spec.data.digest != dataset.digest:
            raise SpecError(
                f"the arm {arm.name!r} must be planned for the images it is trained on, but it is planned for other "
                f"images than those of {dataset.name}. Build the study with this dataset."
            )
        needed = arm.spec.needed_weights
        if needed is not None and needed not in initial:
            raise SpecError(
                f"the arm {arm.name!r} must come with the weights it starts from, but they were not given. "
                "Pass them as `initial`, by their digest."
            )


def _notes_by_identity(
    spec: StudySpec, notes: Mapping[str, tuple[str, ...]], confirm: int
) -> dict[str, tuple[str, ...]]:
    seeds = (*spec.seeds, *fresh_seeds(spec, confirm))
    return {identity(run): notes[arm.name] for arm in spec.arms if arm.name in notes for run in arm.run_specs(seeds)}
