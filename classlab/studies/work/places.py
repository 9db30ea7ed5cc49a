"""Where the populations of a study are trained: in this process, or by the workers of a Ray cluster."""

from __future__ import annotations

import sys
from collections import deque
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from classlab.errors import OptionError, SpecError, WorkerError, shown_value
from classlab.extras import need
from classlab.files.fault import fault
from classlab.models.keras_runtime import keras
from classlab.records import KerasArchitecture
from classlab.records.progress import Observer, Silent
from classlab.studies.runs.training_folder import discard_checkpoint
from classlab.studies.work.population_training import LOSSES

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from classlab.options.words import DeviceName, PlaceName
    from classlab.records import RunSpec
    from classlab.studies.runs.run_folder import StoredRun
    from classlab.studies.work.plan import PlannedPopulation
    from classlab.studies.work.population_training import PopulationTrainer
    from classlab.studies.work.study_progress import PlanObserver
    from classlab.training.process.apart import Overtime


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
    systems and devices cannot go on in a copy of a process, and train it here. Such runs share the threads among them,
    as many as the study has and not as are left of it: a run has the same number, and so the same bits, whoever trains
    beside it and however often the study was interrupted.

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
        tasks = [_Task(position=place, population=each) for place, each in enumerate(populations)]
        for alone, group in groupby(tasks, key=lambda task: self._goes_apart(trainer, task.population)):
            if alone:
                yield from self._apart(trainer, deque(group), folder, progress)
                continue
            for task in group:
                fault("before-population")
                observer = progress.begin(task.position)
                runs = trainer.train(task.population, folder=folder(task.population), observer=observer)
                fault("after-population")
                yield task.position, runs

    def _goes_apart(self, trainer: PopulationTrainer, population: PlannedPopulation) -> bool:
        spec = population.specs[0]
        return (population.is_general or self.run_timeout is not None) and _can_be_apart(spec, trainer.device)

    def _apart(
        self,
        trainer: PopulationTrainer,
        waiting: deque[_Task],
        folder: Callable[[PlannedPopulation], Path | None],
        progress: PlanObserver,
    ) -> Iterator[tuple[int, list[StoredRun]]]:
        """As many side by side as the study's share of threads allows; one that loses its process goes on first."""
        from classlab.training.process.apart import Apart
        from classlab.training.process.threads import share_of

        tasks = {task.position: task for task in waiting}
        processes: Apart[list[StoredRun]] = Apart()
        with processes:
            while waiting or len(processes):
                while waiting and len(processes) < share_of(waiting[0].population.beside)[0]:
                    task = waiting.popleft()
                    if not task.losses:
                        fault("before-population")
                        task.observer, task.folder = progress.begin(task.position), folder(task.population)
                    processes.begin(
                        task.position,
                        partial(_train, trainer, task.population, task.folder),
                        task.observer,
                        seconds=self.run_timeout,
                        threads=_share(task.population),
                    )
                position, found = processes.ended()
                task = tasks[position]
                task.losses += 1
                if isinstance(found, WorkerError) and task.losses < LOSSES:
                    waiting.appendleft(task)
                    continue
                fault("after-population")
                yield position, found if isinstance(found, list) else self._given_up(trainer, task, found)

    def _given_up(self, trainer: PopulationTrainer, task: _Task, problem: WorkerError | Overtime) -> list[StoredRun]:
        """Runs that failed, with the reason."""
        if task.folder is not None:
            discard_checkpoint(task.folder)
        reason = problem if isinstance(problem, WorkerError) else _timeout(self.run_timeout or 0.0)
        return [trainer.failed(each, reason) for each in task.population.specs]


@dataclass(kw_only=True, eq=False)
class _Task:
    """A population on its way.

    Args:
        position: among those that are to be trained.
        population: the runs.
        observer: of its training, once it has begun.
        folder: where its checkpoint lies; None where it has no place.
        losses: processes that it has cost.
    """

    position: int
    population: PlannedPopulation
    observer: Observer = field(default_factory=Silent)
    folder: Path | None = None
    losses: int = 0


def _share(population: PlannedPopulation) -> int | None:
    """Threads of a population among others; None for one alone, which may still find that other programs are busy."""
    from classlab.training.process.threads import share_of

    return None if population.beside == 1 else share_of(population.beside)[1]


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
