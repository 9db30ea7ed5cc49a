"""What a Ray worker does: it keeps the images that it was sent once, and trains one population after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.records.progress import Silent
from classlab.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.studies.runs.run_folder import StoredRun
    from classlab.studies.work.plan import PlannedPopulation
    from classlab.studies.work.population_training import PopulationTrainer

_kept: dict[str, PopulationTrainer] = {}  # one study's at a time, with the divisions that it has made


def train_on_worker(
    population: PlannedPopulation, *, version: str, material: Sequence[Any], key: str, threads: int
) -> list[StoredRun]:
    """Trains a population in the process of a Ray worker.

    Args:
        population: the runs.
        version: of classlab where the study is recorded.
        material: a reference to the study's `PopulationTrainer` in Ray's object store, in a list so that Ray leaves it
            a reference.
        key: names that trainer.
        threads: how many the arithmetic may use.

    Raises:
        SpecError: this worker has another classlab.
        StorageError: a backbone is not on this node.
        MissingExtraError: what trains the runs is not installed on this node.
    """
    from classlab.training import set_threads

    if version != VERSION:
        raise SpecError(
            f"every worker must have the classlab of the process that records the study, but that has {version} and a "
            f"worker has {VERSION}. Install the same version on every node."
        )
    set_threads(threads)
    return _trainer(material, key).train(population, folder=None, observer=Silent())


def _trainer(material: Sequence[Any], key: str) -> PopulationTrainer:
    if key not in _kept:
        import ray

        _kept.clear()
        _kept[key] = ray.get(material[0])  # its images are those in the node's shared memory, and are not copied
    return _kept[key]
