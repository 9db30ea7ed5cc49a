"""The images of runs, kept in memory: reading a dataset again for every picture would take seconds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, cast

from starlette.exceptions import HTTPException

from classlab.datasets import inspect
from classlab.errors import DataError, DatasetNotFoundError
from classlab.studies.runs.images_at_hand import images_at_hand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets import Dataset
    from classlab.datasets.dataset import Split
    from classlab.datasets.inspection import Inspection
    from classlab.records import DataSpec, RunRecord

RunSplit = Literal["test", "validation"]
_KEPT = 2  # datasets in memory: MNIST has 55 MB, CIFAR-10 180


@dataclass(frozen=True, eq=False)
class SeenDataset:
    """A dataset in memory, and what was found out about it."""

    dataset: Dataset

    @cached_property
    def inspection(self) -> Inspection:
        """What `classlab data` tells of it."""
        try:
            return inspect(self.dataset)
        except DataError:  # too small for a usual training
            return inspect(self.dataset, validation="test")


class ImagesAtHand:
    """The datasets that were looked at last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, SeenDataset | str] = OrderedDict()
        self._divided: tuple[DataSpec, Split] | None = None
        self._lock = threading.Lock()

    def of(self, record: RunRecord) -> SeenDataset | str:
        """The images of a run, or why they are not there, as a clause."""
        key = (record.spec.data.name, record.spec.data.digest, record.preparation, record.reading)
        with self._lock:
            found = self._kept.get(key)
            if found is None or isinstance(found, str):
                there = images_at_hand(record)
                found = self._kept[key] = there if isinstance(there, str) else SeenDataset(there)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def needed(self, record: RunRecord) -> SeenDataset:
        """The images of a run, for a page that has nothing to show without them.

        Raises:
            DatasetNotFoundError: they are not on this machine, or have changed.
        """
        found = self.of(record)
        if isinstance(found, str):
            raise DatasetNotFoundError(
                f"images must be on this machine as they were to be shown, but {found}. Put them back where they were."
            )
        return found

    def split(self, record: RunRecord, name: RunSplit) -> Split:
        """The images that a run was tested or validated on, in the order of its predictions.

        Raises:
            DatasetNotFoundError: they are not on this machine, or have changed.
        """
        found = self.needed(record)
        if name == "test":
            return found.dataset.test
        divided = self._divided
        if divided is None or divided[0] != record.spec.data:
            divided = self._divided = (record.spec.data, found.dataset.divided_as(record.spec.data).validation)
        return divided[1]


def run_split(word: str) -> RunSplit:
    """A split from an address.

    Raises:
        HTTPException: there is no such split: a page that is not there.
    """
    if word not in ("test", "validation"):
        raise HTTPException(404)
    return cast("RunSplit", word)


def image_at(split: Split, index: int) -> tuple[NDArray[np.uint8], int]:
    """One image, `(height, width, channels)`, and its label.

    Raises:
        HTTPException: there is no such image: a page that is not there.
    """
    if not 0 <= index < len(split):
        raise HTTPException(404)
    return split.images[index], int(split.labels[index])
