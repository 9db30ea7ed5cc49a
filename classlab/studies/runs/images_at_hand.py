"""The images of a run where they are on this machine: nothing is downloaded, and others are not taken for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.datasets import load
from classlab.datasets.catalogue import NAMES, find
from classlab.datasets.known import PUBLISHED
from classlab.errors import ClasslabError

if TYPE_CHECKING:
    from classlab.datasets import Dataset
    from classlab.records import RunRecord
    from classlab.records.picture_reading import PictureReading
    from classlab.records.preparation import Preparation
    from classlab.studies.runs.run import Run


def names_its_data(run: Run, *, stored: bool) -> bool:
    """Whether the images that a run's record names may be looked for without being asked.

    A record of the store names what its user gave. A folder may come from anyone, and a path in it could lead
    anywhere: of those, only the names of datasets are followed.
    """
    return stored or run.record.spec.data.name in NAMES


def images_at_hand(record: RunRecord, *, name: str | None = None) -> Dataset | str:
    """The images of a run if they are on this machine and still the same, else why not, as a clause.

    Args:
        record: of the run.
        name: what the user names; what the record names where it is None.
    """
    data = record.spec.data
    try:
        dataset = _at_hand(name or data.name, record.preparation, record.reading)
    except ClasslabError as problem:
        return f"{data.name} could not be read: {str(problem).removesuffix('.')}"
    if dataset is None:
        return f"{data.name} is not on this machine"
    if dataset.digest != data.digest:
        return f"{data.name} is not what it was when the runs were trained"
    return dataset


def _at_hand(name: str, preparation: Preparation | None, reading: PictureReading | None) -> Dataset | None:
    if name in PUBLISHED:
        return find(name)  # type: ignore[arg-type]  # a key of PUBLISHED is a name
    return load(name, preparation=preparation, reading=reading)
