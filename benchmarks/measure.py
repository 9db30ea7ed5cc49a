"""What every worker shares: its job, its clock, and the one line of JSON that it prints.

Nothing heavy is imported here: a worker limits its threads before the tool that it measures is imported.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.tree_memory import family, held_by
from benchmarks.workloads import BATCH_SIZE, WORKLOADS, Arm, Workload, WorkloadName

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one worker process is asked to measure.

    Args:
        network: one of the lab's networks, or of those that people bring.
        arms: what is trained on it.
        epochs: passes over the training images, per arm.
        data: `.npz` file with `x_train`, `y_train`, `x_test`, `y_test`, as `write_arrays` makes it.
        threads: processor cores and threads that the tool may use.
        batch_size: images per step.
        options: what tells variants of one tool apart.
    """

    network: WorkloadName
    arms: list[Arm]
    epochs: int
    data: str
    threads: int
    batch_size: int = BATCH_SIZE
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def workload(self) -> Workload:
        """The layers of one of the lab's networks and what is known of it."""
        return WORKLOADS[self.network]  # type: ignore[index]  # asked for these networks alone

    def by_activation(self) -> list[list[Arm]]:
        """The arms in groups that share their network, for tools that train a group together."""
        groups: dict[str, list[Arm]] = {}
        for arm in self.arms:
            groups.setdefault(arm.activation, []).append(arm)
        return list(groups.values())

    def to_argument(self) -> str:
        """The job as one command-line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, text: str) -> Job:
        """The job that `to_argument` wrote."""
        facts = json.loads(text)
        return cls(**{**facts, "arms": [Arm(*each) for each in facts["arms"]]})


@dataclass(frozen=True, kw_only=True)
class Images:
    """The arrays of one job: images uint8 `(images, rows, columns, channels)`, labels int64 `(images,)`."""

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]


def read_job() -> Job:
    """Reads the job from the command line and holds this process to its cores and threads."""
    job = Job.from_argument(sys.argv[1])
    limit_threads(job.threads)
    return job


def limit_threads(threads: int) -> None:
    """Sets the variables that thread pools read at start, and where the system allows it, the cores themselves."""
    for name in THREAD_VARIABLES:
        os.environ[name] = str(threads)
    if hasattr(os, "sched_setaffinity"):  # Linux; XLA sizes its pool by the cores it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def read_images(job: Job) -> Images:
    """Loads the arrays that the driver wrote; outside every timing but the whole process's."""
    import numpy as np

    with np.load(Path(job.data), allow_pickle=False) as arrays:
        x_train, x_test = (_with_channels(arrays[name]) for name in ("x_train", "x_test"))
        return Images(x_train=x_train, y_train=arrays["y_train"], x_test=x_test, y_test=arrays["y_test"])


def _with_channels(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return images if images.ndim == 4 else images[..., None]


class EpochClock:
    """Seconds of each epoch, the first one measured from the call that starts training."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.epochs: list[float] = []

    def lap(self) -> None:
        """Ends an epoch."""
        now = time.perf_counter()
        self.epochs.append(now - self._last)
        self._last = now


class Stopwatch:
    """Seconds of everything that was done within it, together."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts the body."""
        started = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - started


def report(
    *,
    job: Job,
    epoch_seconds: list[list[float]],
    training_seconds: float,
    accuracy: list[float],
    arms: list[Arm] | None = None,
    **facts: Any,
) -> None:
    """Prints what was measured, as the last line on stdout.

    Args:
        job: what was asked for.
        epoch_seconds: `[fits][epochs]`; arms that are trained together share one fit.
        training_seconds: wall time of all training calls together.
        accuracy: share of right answers on the test images, per arm.
        arms: the arms that were trained, in this order; by default all that were asked for.
        **facts: what else the reader should know.
    """
    trained = job.arms if arms is None else arms
    result = {
        "members": len(accuracy),
        "arms": [arm._asdict() for arm in trained],
        "epoch_seconds": epoch_seconds,
        "training_seconds": training_seconds,
        "accuracy": accuracy,
        "peak_memory_bytes": peak_memory(),
        "children_memory_bytes": peak_memory(children=True),
        **facts,
    }
    print(json.dumps(result), flush=True)
    # The interpreter looks through every object for cycles several times before it ends, up to a second for a large
    # package, and frees what the system takes back anyway. No tool's training is longer for it; all are spared it.
    gc.freeze()


def peak_memory(*, children: bool = False) -> int | None:
    """Largest resident size so far, in bytes; None where the system does not tell.

    Args:
        children: that of the largest of the processes that this one started and that ended, instead of its own.
            Pages that they share with this process are counted in both.
    """
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def memory_together() -> int | None:
    """What this process and its children hold now, in bytes, pages that they share counted once; None if unknown.

    Linux keeps the proportional set size (PSS) of each process: a page of `n` processes counts one `n`-th in each.
    """
    return sum(held_by(process) for process in family(os.getpid())) or None


def versions(*packages: str) -> dict[str, str]:
    """Versions of Python and of the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
