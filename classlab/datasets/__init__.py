"""Datasets: one source or format per module, splits, inspection and pictures.

The names below are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classlab.datasets.arrays import from_arrays
    from classlab.datasets.catalogue import NAMES, load
    from classlab.datasets.dataset import Dataset, Division, Split
    from classlab.datasets.inspection import Inspection, inspect
    from classlab.datasets.pictures import picture, tile
    from classlab.datasets.safe_read.picture import read_picture

__all__ = [
    "NAMES",
    "Dataset",
    "Division",
    "Inspection",
    "Split",
    "from_arrays",
    "inspect",
    "load",
    "picture",
    "read_picture",
    "tile",
]

_HOMES = {
    "NAMES": "catalogue",
    "Dataset": "dataset",
    "Division": "dataset",
    "Inspection": "inspection",
    "Split": "dataset",
    "from_arrays": "arrays",
    "inspect": "inspection",
    "load": "catalogue",
    "picture": "pictures",
    "read_picture": "safe_read.picture",
    "tile": "pictures",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
