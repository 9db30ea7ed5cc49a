"""What a worker that searches is asked, its clock, and what it reports."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import limit_threads
from benchmarks.search_space import MOST_EPOCHS, SPACES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.search_space import Axis, SearchedModel, Settings


@dataclass(frozen=True, kw_only=True)
class SearchJob:
    """One search of one tool.

    Args:
        model: whose space is searched.
        minutes: wall time, from the start of the search to a trained network in hand.
        seed: of the tool.
        data: `.npz` file of `write_images`.
        threads: processor cores and threads that the tool may use.
        options: what tells variants of one tool apart.
    """

    model: SearchedModel
    minutes: float
    seed: int
    data: str
    threads: int
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def space(self) -> tuple[Axis, ...]:
        """What is searched."""
        return SPACES[self.model]

    @property
    def most_epochs(self) -> int:
        """The longest training of a candidate."""
        return MOST_EPOCHS[self.model]

    def to_argument(self) -> str:
        """The job as one command-line argument."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, kw_only=True)
class SearchImages:
    """Three splits: images uint8 `(images, rows, columns, channels)`, labels int64 `(images,)`."""

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    x_validation: NDArray[np.uint8]
    y_validation: NDArray[np.int64]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]


class Clock:
    """The wall time of one search."""

    def __init__(self, minutes: float) -> None:
        self._started = time.perf_counter()
        self._limit = 60 * minutes

    @property
    def seconds(self) -> float:
        """Since the search began."""
        return time.perf_counter() - self._started

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self.seconds >= self._limit


def read_search_job() -> SearchJob:
    """Reads the job from the command line and holds this process to its cores and threads."""
    job = SearchJob(**json.loads(sys.argv[1]))
    limit_threads(job.threads)
    return job


def write_images(folder: Path, data: str, limit: int | None) -> Path:
    """Writes the splits of one dataset as classlab makes them, so that every tool validates on the same images."""
    import numpy as np

    from classlab.datasets import load

    path = folder / f"{data}-{limit or 'all'}-divided.npz"
    if not path.exists():
        division = load(data).divide(limit=limit)
        parts = {"train": division.train, "validation": division.validation, "test": division.test}
        arrays = {f"x_{name}": part.images for name, part in parts.items()}
        np.savez(path, **arrays, **{f"y_{name}": part.labels for name, part in parts.items()})
    return path


def read_search_images(job: SearchJob) -> SearchImages:
    """Loads what `write_images` wrote, before the clock starts."""
    import numpy as np

    with np.load(Path(job.data), allow_pickle=False) as arrays:
        return SearchImages(**dict(arrays))


def report_search(
    *,
    tried: int,
    epochs: int,
    seconds: float,
    validation_accuracy: float,
    test_accuracy: float,
    chosen: Settings,
    versions: dict[str, str],
    **facts: Any,
) -> None:
    """Prints what came of a search, as the last line on stdout.

    Args:
        tried: configurations of which at least one epoch was begun.
        epochs: trained by all of them together.
        seconds: from the start of the search to a trained network in hand.
        validation_accuracy: of what the tool hands back.
        test_accuracy: likewise, measured once.
        chosen: its settings.
        versions: of the packages.
        **facts: what else the reader should know.
    """
    found = {
        "tried": tried,
        "epochs": epochs,
        "seconds": seconds,
        "validation_accuracy": validation_accuracy,
        "test_accuracy": test_accuracy,
        "chosen": chosen,
        "versions": versions,
        **facts,
    }
    print(json.dumps(found), flush=True)
