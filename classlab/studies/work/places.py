"""Where the populations of a study are trained: in this process, or by the workers of a Ray cluster."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Protocol

from classlab.errors import SpecError
from classlab.extras import need
from classlab.files.fault import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from classlab.options.words import PlaceName
    from classlab.records import RunSpec
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


class ThisProcess:
    """Trains one population after the other here."""

    def check(self, trainer: PopulationTrainer, specs: Sequence[RunSpec]) -> None:
        """Refuses a device that is not there, and images that cannot be divided."""
        trainer.prepare(specs)

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
            runs = trainer.train(population, folder=place, observer=progress)
            fault("after-population")
            yield position, runs


@contextmanager
def training_place(
    on: PlaceName = "local",
    *,
    ray_address: str | None = None,
    threads: int | None = None,
    say: Callable[[str], None] | None = None,
) -> Iterator[TrainingPlace]:
    """The place that was asked for; a cluster that is started for it ends with the `with`.

    Args:
        on: local or ray.
        ray_address: of a Ray cluster that is there; see `RayPlace`.
        threads: cores of a population on Ray; None divides the cluster's cores among the populations.
        say: told in a sentence what the cluster has, and of every lost worker.

    Raises:
        SpecError: an address without Ray.
        MissingExtraError: Ray is not installed.
    """
    if on == "local":
        if ray_address is not None:
            raise SpecError(
                f"`ray_address` needs on=ray, but got on=local with ray_address={ray_address!r}. Add --on ray, or "
                "leave the address out."
            )
        yield ThisProcess()
        return
    need("ray", "`on` ray", instead="use on=local")
    from classlab.studies.work.ray_place import RayPlace

    with closing(RayPlace(address=ray_address, threads=threads, say=say)) as place:
        yield place
