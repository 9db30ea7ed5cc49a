"""Populations as tasks on a Ray cluster: images are sent once, few tasks are out at a time, lost ones go again."""

from __future__ import annotations

import copy
from collections import deque
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from classlab.analysis.numbers import counted
from classlab.errors import ClasslabError, WorkerError
from classlab.studies.work.plan import PlannedPopulation
from classlab.studies.work.population_training import LOSSES
from classlab.studies.work.ray_cluster import Allocation, RayCluster
from classlab.studies.work.ray_worker import train_on_worker
from classlab.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from classlab.records import RunSpec
    from classlab.studies.runs.run_folder import StoredRun
    from classlab.studies.work.population_training import PopulationTrainer
    from classlab.studies.work.study_progress import PlanObserver

_AHEAD = 2  # tasks sent for each that can run: a worker finds the next one waiting while results are still recorded


@dataclass(kw_only=True, eq=False)
class _Task:
    """A population on its way, or a single run of one that cost too many workers."""

    position: int
    population: PlannedPopulation
    losses: int = 0


@dataclass(kw_only=True, eq=False)
class RayPlace:
    """Trains populations on a Ray cluster.

    Results come back through Ray and are recorded by the process that asked, so nothing needs a shared disk; for the
    same reason nothing keeps a checkpoint, and a population whose worker is lost begins again.

    Args:
        address: of a cluster, as `ray.init` takes it; None takes the environment variable RAY_ADDRESS, else starts Ray
            on this machine, which only listens to it.
        threads: cores of a population; None divides the cluster's among the populations.
        say: told in a sentence what the cluster has, and of every lost worker.
        task: what a worker does.
    """

    address: str | None = None
    threads: int | None = None
    say: Callable[[str], None] | None = None
    task: Callable[..., list[StoredRun]] = train_on_worker
    _cluster: RayCluster = field(default_factory=RayCluster, init=False)

    def check(self, trainer: PopulationTrainer, specs: Sequence[RunSpec]) -> None:
        """Refuses images that cannot be divided; the devices are those of the workers."""
        for spec in specs:
            trainer.division(spec.data)

    def train(
        self,
        trainer: PopulationTrainer,
        populations: Sequence[PlannedPopulation],
        *,
        folder: Callable[[PlannedPopulation], Path | None],  # noqa: ARG002  (workers see no folder of the store)
        progress: PlanObserver,  # noqa: ARG002  (they do not report epochs)
    ) -> Generator[tuple[int, list[StoredRun]], None, None]:
        """Trains populations side by side, and gives each back when it is trained.

        Raises:
            WorkerError: there is no cluster, or a worker cannot train at all.
            SpecError: no node has the cores or the GPU that a population needs, or a worker has another classlab.
            MissingExtraError: what trains the runs is not installed on a node.
        """
        if not populations:
            return
        self._cluster.connect(self.address)
        allocation = self._cluster.allocation(len(populations), device=trainer.device, threads=self.threads)
        say = self.say or _say_nothing
        say(allocation.sentence)
        there = replace(trainer, device="cuda" if allocation.gpus else "cpu")
        submission = _Submission(there, allocation, self.task, say=say)
        try:
            yield from submission.runs_of(populations)
        finally:
            submission.cancel()

    def close(self) -> None:
        """Ends what was started."""
        self._cluster.close()


class _Submission:
    """The tasks of one call."""

    def __init__(
        self,
        trainer: PopulationTrainer,
        allocation: Allocation,
        task: Callable[..., list[StoredRun]],
        *,
        say: Callable[[str], None],
    ) -> None:
        import ray

        material = ray.put(trainer)
        options = {
            "num_cpus": allocation.cores,
            "num_gpus": allocation.gpus,
            "max_retries": 0,
            "scheduling_strategy": "SPREAD",
        }
        self._send = ray.remote(task).options(name="classlab", **options).remote
        self._with = {"version": VERSION, "material": [material], "key": material.hex(), "threads": allocation.cores}
        self._trainer, self._most, self._say = trainer, _AHEAD * allocation.at_once, say
        self._out: dict[Future[list[StoredRun]], tuple[Any, _Task]] = {}  # with Ray's references to the results

    def runs_of(self, populations: Sequence[PlannedPopulation]) -> Iterator[tuple[int, list[StoredRun]]]:
        """The runs of every population, as they come."""
        waiting = deque(_Task(position=place, population=each) for place, each in enumerate(populations))
        back: list[dict[str, StoredRun]] = [{} for _ in populations]
        while waiting or self._out:
            while waiting and len(self._out) < self._most:
                task = waiting.popleft()
                reference = self._send(task.population, **self._with)
                self._out[reference.future()] = reference, task
            for future in wait(self._out, return_when=FIRST_COMPLETED).done:  # `ray.wait` would swallow a signal
                _, task = self._out.pop(future)
                found = self._result(future, task)
                if isinstance(found, WorkerError):
                    waiting.extendleft(self._sent_again(task))
                    found = self._given_up(task, found)
                back[task.position] |= {run.record.identity: run for run in found}
                wanted = populations[task.position].identities
                if found and len(back[task.position]) == len(wanted):
                    runs, back[task.position] = back[task.position], {}
                    yield task.position, [runs[name] for name in wanted]

    def cancel(self) -> None:
        """Stops what is still out: nobody waits for it."""
        import ray

        for reference, _ in self._out.values():
            ray.cancel(reference, force=True)
        self._out.clear()

    def _result(self, future: Future[list[StoredRun]], task: _Task) -> list[StoredRun] | WorkerError:
        """What a task gave back, or the loss of its worker."""
        from ray.exceptions import RayError, RayTaskError

        try:
            return copy.deepcopy(future.result())  # arrays of our own: Ray's are in memory that it takes back
        except RayTaskError as problem:
            if isinstance(problem.cause, ClasslabError):
                raise problem.cause from None
            raise WorkerError(
                f"every worker must be able to train, but one says: {_one_line(problem.cause)}. Check that classlab "
                f"{VERSION} and what it needs are installed on every node."
            ) from None
        except RayError as problem:
            task.losses += 1
            lost = counted(len(task.population.specs), "run")
            self._say(f"The worker that trained {lost} was lost: {_one_line(problem)}.")
            return WorkerError(
                f"a run must leave its worker alive, but this one's was lost {task.losses} times, the last time with "
                f"{_one_line(problem)}. Try it with --on local."
            )

    def _sent_again(self, task: _Task) -> list[_Task]:
        """The same once more; after too many losses each of its runs by itself, so that one alone can be at fault."""
        if task.losses < LOSSES:
            return [task]
        specs = task.population.specs
        if len(specs) == 1:
            return []
        return [_Task(position=task.position, population=PlannedPopulation(specs=(spec,))) for spec in specs]

    def _given_up(self, task: _Task, problem: WorkerError) -> list[StoredRun]:
        """A single run that cost too many workers, as a record that says so; none otherwise."""
        if task.losses < LOSSES or len(task.population.specs) > 1:
            return []
        # What the process that records has stands in for the environment that the run never told.
        return [replace(self._trainer, device="auto").failed(task.population.specs[0], problem)]


def _say_nothing(_: str) -> None:
    """Nobody listens."""


def _one_line(problem: BaseException | None) -> str:
    """What Ray says, without the paragraphs of advice that follow its first sentence."""
    text = " ".join(f"{type(problem).__name__}: {problem}".split())
    return text.partition(". ")[0].rstrip(".: ")[:300]
