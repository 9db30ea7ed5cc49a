"""Where the populations of a study are trained: in this process, or by the workers of a Ray cluster."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from classlab.errors import OptionError, SpecError, WorkerError, shown_value
from classlab.extras import need
from classlab.files.fault import fault
from classlab.models.keras_runtime import keras
from classlab.records import KerasArchitecture
from classlab.studies.runs.training_folder import discard_checkpoint
from classlab.studies.work.population_training import LOSSES

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from classlab.options.words import DeviceName, PlaceName
    from classlab.records import RunSpec
    from classlab.records.progress import Observer
    from classlab.studies.runs.run_folder import StoredRun
    from classlab.studies.work.plan import PlannedPopulation
    from classlab.studies.work.population_training import PopulationTrainer
    from classlab.studies.work.study_progress import PlanObserver


class TrainingPlace(Protocol):
    """Trains planned populations and gives their runs back; whoever asked is the one who records them."""

    def check(self, trainer: PopulationTrainer, specs: Sequence[RunSpec]) -> None:
        """Refuses what can be refused before the store is asked for anything; `specs` has one run of every arm."""

    def train(
        self,
        trainer: PopulationTrainer,
        populations: Sequence[PlannedPopulation],
        *,
        folder: Callable[[PlannedPopulation], Path | None],
        progress: PlanObserver,
    ) -> Generator[tuple[int, list[StoredRun]], None, None]:
        """Trains populations.

        Args:
            trainer: images, given weights and what else stands in a record.
            populations: what is to be trained.
            folder: where a population's checkpoint lies; None where it has no place.
            progress: told when a population begins and after every epoch, where that is known.

        Yields:
            The position of a population and its runs in order, each population once, as soon as it is trained.
        """


@dataclass(frozen=True, kw_only=True)
class ThisProcess:
    """Trains one population after the other here, and what may end or block a process in one of its own.

    That is a run through Keras, whose layers may do anything: on Linux and the processor, with Keras on PyTorch. Other
    systems and devices cannot go on in a copy of a process, and train it here.

    Args:
        run_timeout: seconds after which a run that is not done is stopped; runs that train together are stopped
            together. None for no limit.
    """

    run_timeout: float | None = None

    def check(self, trainer: PopulationTrainer, specs: Sequence[RunSpec]) -> None:
        """Refuses a device that is not there, images that cannot be divided, and a time limit that cannot be kept."""
        trainer.prepare(specs)
        if self.run_timeout is not None and not all(_can_be_apart(spec, trainer.device) for spec in specs):
            raise SpecError(
                f"`run_timeout` needs Linux, the processor and Keras on PyTorch, but got run_timeout="
                f"{self.run_timeout:g} for a study that trains elsewhere. Leave it out, or use device=cpu."
            )

    def train(
        self,
        trainer: PopulationTrainer,
        populations: Sequence[PlannedPopulation],
        *,
        folder: Callable[[PlannedPopulation], Path | None],
        progress: PlanObserver,
    ) -> Generator[tuple[int, list[StoredRun]], None, None]:
        """Trains populations in their order; one that was interrupted goes on from its checkpoint."""
        trainer.need(populations)
        for position, population in enumerate(populations):
            progress.begin(position)
            place = folder(population)
            fault("before-population")
            runs = self._trained(trainer, population, place, progress)
            fault("after-population")
            yield position, runs

    def _trained(
        self, trainer: PopulationTrainer, population: PlannedPopulation, place: Path | None, observer: Observer
    ) -> list[StoredRun]:
        spec = population.specs[0]
        general = isinstance(spec.architecture, KerasArchitecture)
        if not _can_be_apart(spec, trainer.device) or not (general or self.run_timeout is not None):
            return trainer.train(population, folder=place, observer=observer)
        from classlab.training.process.apart import Overtime, apart

        work = partial(_train, trainer, population, place)
        problem: WorkerError | None = None
        for _ in range(LOSSES):
            try:
                return apart(work, observer, seconds=self.run_timeout)
            except WorkerError as loss:
                problem = loss
            except Overtime:
                problem = _timeout(self.run_timeout or 0.0)
                break
        if place is not None:
            discard_checkpoint(place)
        return [trainer.failed(each, problem) for each in population.specs if problem is not None]


def _train(
    trainer: PopulationTrainer, population: PlannedPopulation, place: Path | None, observer: Observer
) -> list[StoredRun]:
    return trainer.train(population, folder=place, observer=observer)


def _timeout(seconds: float) -> WorkerError:
    return WorkerError(
        f"`run_timeout` must suffice for a run, but this one was stopped after {seconds:g} seconds. Give it more, or "
        "fewer epochs."
    )


def _can_be_apart(spec: RunSpec, device: DeviceName) -> bool:
    from classlab.training.process.processor import on_processor

    if sys.platform != "linux" or not on_processor(device):
        return False
    if not isinstance(spec.architecture, KerasArchitecture):
        return True
    return bool(keras().backend.backend() == "torch")


@contextmanager
def training_place(
    on: PlaceName = "local",
    *,
    ray_address: str | None = None,
    threads: int | None = None,
    run_timeout: float | None = None,
    say: Callable[[str], None] | None = None,
) -> Iterator[TrainingPlace]:
    """The place that was asked for; a cluster that is started for it ends with the `with`.

    Args:
        on: local or ray.
        ray_address: of a Ray cluster that is there; see `RayPlace`.
        threads: cores of a population on Ray; None divides the cluster's cores among the populations.
        run_timeout: see `ThisProcess`.
        say: told in a sentence what the cluster has, and of every lost worker.

    Raises:
        SpecError: an address without Ray, or a time limit that is none or that Ray would have to keep.
        MissingExtraError: Ray is not installed.
    """
    if run_timeout is not None and not (isinstance(run_timeout, int | float) and 0 < run_timeout < float("inf")):
        raise OptionError(
            f"`run_timeout` must be a positive number of seconds, but got run_timeout={shown_value(run_timeout)}. "
            "Write for example run_timeout=600."
        )
    if on == "local":
        if ray_address is not None:
            raise SpecError(
                f"`ray_address` needs on=ray, but got on=local with ray_address={ray_address!r}. Add --on ray, or "
                "leave the address out."
            )
        yield ThisProcess(run_timeout=run_timeout)
        return
    if run_timeout is not None:
        raise OptionError(
            f"`run_timeout` has no effect on Ray's workers, but got run_timeout={run_timeout:g} with on=ray. Leave one "
            "of them out."
        )
    need("ray", "`on` ray", instead="use on=local")
    from classlab.studies.work.ray_place import RayPlace

    with closing(RayPlace(address=ray_address, threads=threads, say=say)) as place:
        yield place
