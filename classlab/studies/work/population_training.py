"""One population from its specifications to runs that can be stored, whatever goes wrong on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from classlab.errors import ClasslabError, MissingExtraError, RecordError, StorageError, WorkerError
from classlab.records import KerasArchitecture, RunRecord, identity
from classlab.records.plain import time_stamp
from classlab.studies.runs.environment import environment
from classlab.studies.runs.run_folder import StoredRun
from classlab.studies.runs.run_record import Measured, is_scored, measure_runs, stored_run
from classlab.studies.runs.training_folder import CHECKPOINT_FILE, discard_checkpoint
from classlab.studies.transfer.entering import entering, takes_features
from classlab.studies.transfer.fine_tuning import fine_tuned
from classlab.studies.work.plan import PlannedPopulation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from classlab.datasets.dataset import Dataset, Division
    from classlab.options.words import DeviceName
    from classlab.records import DataSpec, RunSpec
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.progress import Observer
    from classlab.training import Outcome, Weights


LOSSES = 3  # processes that a population, and then a single run of it, may cost before it counts as their cause
_ALONE = (
    "The population of this run could not be trained together, so it was trained by itself: its figures may differ in "
    "the last digits from those of a study in which nothing went wrong."
)


@dataclass(kw_only=True, eq=False)
class PopulationTrainer:
    """Trains the populations of a study.

    Args:
        dataset: the images.
        initial: given weights, by the digest in a specification.
        notes: remarks for a run's record, by its identity.
        device: where to compute.
        command: what reproduces the study.
        now: the time to put on record; the clock's where it is None.
    """

    dataset: Dataset
    initial: Mapping[str, Weights] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    device: DeviceName = "auto"
    command: str = ""
    now: datetime | None = None
    _divisions: dict[tuple[object, ...], Division] = field(default_factory=dict, init=False)
    _scalings: dict[DataSpec, Rescaling | Normalization] = field(default_factory=dict, init=False)
    _features: dict[DataSpec, tuple[Division, Rescaling | Normalization]] = field(default_factory=dict, init=False)

    def train(self, population: PlannedPopulation, *, folder: Path | None, observer: Observer) -> list[StoredRun]:
        """Trains a population; a run that cannot be trained becomes a record that says why.

        One that loses a process that trains part of it goes on from its last epoch, with the figures that it would have
        had. Where the population as a whole fails, its members are tried one by one, so that a single bad run costs no
        other; their records say so. A checkpoint that cannot be used is thrown away. A disk that refuses, or a package
        that is not installed, is not the fault of any run: it ends the study, which goes on from here once there is
        room, or the package.

        Args:
            population: the runs.
            folder: where the checkpoint lies; None trains without.
            observer: told after every epoch.

        Raises:
            StorageError: the checkpoint cannot be written.
            MissingExtraError: what trains the runs is not installed.
            KeyboardInterrupt: somebody asked to stop.
        """
        try:
            return self._whole(population, folder=folder, observer=observer)
        except (StorageError, MissingExtraError):
            raise
        except Exception as problem:  # noqa: BLE001  (whatever it is, the other runs of the study go on)
            if folder is not None and isinstance(problem, RecordError) and (folder / CHECKPOINT_FILE).exists():
                discard_checkpoint(folder)
                return self.train(population, folder=folder, observer=observer)
            if len(population.specs) == 1:
                return [self.failed(population.specs[0], problem)]
        if folder is not None:
            discard_checkpoint(folder)
        singles = [PlannedPopulation(specs=(spec,)) for spec in population.specs]
        runs = [run for single in singles for run in self.train(single, folder=None, observer=observer)]
        return [_noted(run) if run.record.state != "failed" else run for run in runs]

    def prepare(self, specs: Iterable[RunSpec]) -> None:
        """Refuses, before anything is trained, a device that is not there and images that cannot be divided.

        Args:
            specs: one run of every arm.

        Raises:
            SpecError: there is no such device.
            DataError: an arm's images cannot be divided as it asks.
        """
        from classlab.training import environment_facts

        for spec in specs:
            environment_facts(self.device, spec)
            self.division(spec.data)

    def need(self, populations: Iterable[PlannedPopulation]) -> None:
        """Refuses, before the first of these populations is trained, what one of them needs and is not installed.

        Raises:
            MissingExtraError: PyTorch or Keras is not there.
        """
        from classlab.training import need_for_training

        for population in populations:
            need_for_training(population.specs, self.device)

    def division(self, data: DataSpec) -> Division:
        """The images of a run, divided; arms that divide them alike share the copy, and of folds one is kept at a time.

        Raises:
            DataError: they cannot be divided so.
        """
        key = (data.validation, data.limit, data.folds, data.fold, data.leave_out)
        if key not in self._divisions:
            if data.folds is not None:  # each fold is a copy of nearly all images; populations come fold by fold
                self._divisions.clear()
            self._divisions[key] = self.dataset.divided_as(data)
        return self._divisions[key]

    def _whole(self, population: PlannedPopulation, *, folder: Path | None, observer: Observer) -> list[StoredRun]:
        for _ in range(LOSSES - 1):
            with suppress(WorkerError):
                return self._together(population, folder=folder, observer=observer)
        return self._together(population, folder=folder, observer=observer)

    def _together(self, population: PlannedPopulation, *, folder: Path | None, observer: Observer) -> list[StoredRun]:
        from classlab.training import train_population

        data = population.specs[0].data
        division, layer = self._entering(data)
        outcomes = train_population(
            population.specs,
            division,
            input_layer=layer,
            initial_weights=[self.initial.get(spec.needed_weights or "") for spec in population.specs],
            checkpoint=None if folder is None else folder / CHECKPOINT_FILE,
            resume=folder is not None,  # the folder is named for these very runs
            observer=observer,
            device=self.device,
        )
        if any(outcome.state == "interrupted" for outcome in outcomes):
            raise KeyboardInterrupt
        images = self.division(data), self._scaling(data)
        return self._measured(population.specs, fine_tuned(population.specs, outcomes, *images, device=self.device))

    def _measured(self, specs: Sequence[RunSpec], outcomes: Sequence[Outcome]) -> list[StoredRun]:
        """Opens the test images once for the whole population."""
        data = specs[0].data
        scored = [position for position, outcome in enumerate(outcomes) if is_scored(outcome)]
        found: dict[int, Measured] = {}
        if scored:
            images = self.division(data), self._scaling(data)
            division, layer = self._entering(data) if takes_features(specs[0]) else images
            measured = measure_runs(
                [specs[position] for position in scored],
                [outcomes[position] for position in scored],
                division,
                input_layer=layer,
                device=self.device,
            )
            found = dict(zip(scored, measured, strict=True))
        pairs = enumerate(zip(specs, outcomes, strict=True))
        return [self._stored(spec, outcome, found.get(position)) for position, (spec, outcome) in pairs]

    def _stored(self, spec: RunSpec, outcome: Outcome, measured: Measured | None) -> StoredRun:
        return stored_run(
            spec,
            outcome,
            self.dataset,
            self.division(spec.data),
            input_layer=self._scaling(spec.data),
            device=self.device,
            created=self.stamp(),
            command=self.command,
            notes=self.notes.get(identity(spec), ()),
            measured=measured,
        )

    def failed(self, spec: RunSpec, problem: Exception) -> StoredRun:
        """The record of a run that could not be trained, with the reason."""
        from classlab.training import environment_facts

        record = RunRecord(
            spec=spec,
            identity=identity(spec),
            state="failed",
            reason=_reason(problem),
            epochs_done=0,
            history={},
            training=None,
            validation=None,
            test=None,
            parameters=0,
            seconds=0.0,
            input_layer=self._scaling(spec.data),
            path="keras" if isinstance(spec.architecture, KerasArchitecture) else "engine",
            class_names=self.dataset.class_names,
            environment=environment(environment_facts(self.device, spec)),
            created=self.stamp(),
            command=self.command,
            notes=(*self.dataset.notes, *self.notes.get(identity(spec), ())),
            preparation=self.dataset.preparation,
            reading=self.dataset.reading,
        )
        return StoredRun(record=record, weights={}, predictions=None, border=None)

    def _entering(self, data: DataSpec) -> tuple[Division, Rescaling | Normalization]:
        """What enters the network: the images and their scaling, or the features of a backbone as they are.

        Raises:
            StorageError: the backbone is not there, or its features cannot be kept.
        """
        images = self.division(data), self._scaling(data)
        if data.backbone is None:
            return images
        key = replace(data, name="")
        if key not in self._features:  # one at a time: a backbone's features may be as large as the images
            self._features = {key: entering(self.dataset, data, images, device=self.device)}
        return self._features[key]

    def _scaling(self, data: DataSpec) -> Rescaling | Normalization:
        from classlab.models.preprocessing import input_layer

        key = replace(data, name="")
        if key not in self._scalings:
            self._scalings[key] = input_layer(data.preprocessing, self.division(data).train.images)
        return self._scalings[key]

    def stamp(self) -> str:
        """The time for a record: ISO 8601 in UTC."""
        return time_stamp(self.now)


def _noted(run: StoredRun) -> StoredRun:
    return replace(run, record=replace(run.record, notes=(*run.record.notes, _ALONE)))


def _reason(problem: Exception) -> str:
    """What went wrong, in one line that fits a table's footnote."""
    if isinstance(problem, ClasslabError):
        return str(problem)
    return " ".join(f"{type(problem).__name__}: {problem}".split()).rstrip(": ")[:500]
