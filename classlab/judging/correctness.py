"""Which images each run predicted right, from an `.npz`: what figures alone cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.npz import array_names, read_arrays
from classlab.errors import DataError
from classlab.judging.predictions import LABELS, PREDICTED
from classlab.judging.results import Reading, RunReading

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_BLOCK = "correct"
_WORDS = ("arms", "seeds")


def holds_correctness(path: Path) -> bool:
    """Whether an `.npz` holds correctness and not one network's predictions."""
    held = array_names(path)
    return not (any(name in held for name in PREDICTED) and any(name in held for name in LABELS))


def read_correctness(path: Path) -> Reading:
    """Reads 0 and 1 for each arm, run and image.

    Either one array per arm, named for it, `(seeds, images)` (an arm with one run may be `(images,)`), or `correct`
    `(arms, seeds, images)` with the names of the arms as `arms` and, where they are known, of the seeds as `seeds`. All
    arms have seen the same images in the same order; run k of one arm and run k of another have one seed
    where `seeds` says so.

    Raises:
        DataError: the arrays have other shapes, other values, or speak of different images.
        StorageError: the file cannot be read.
    """
    held = array_names(path)
    words = [name for name in _WORDS if name in held]
    arrays = read_arrays(path, [name for name in held if name not in words])
    named = {
        name: tuple(str(each) for each in array.ravel().tolist())
        for name, array in read_arrays(path, words, kinds="buifU").items()
    }
    by_arm = _block(path, arrays[_BLOCK], named.get("arms")) if _BLOCK in arrays else arrays
    if not by_arm:
        raise DataError(
            f"{path} must hold an array of 0 and 1 per arm, shape (seeds, images), but it holds none. "
            "Save one array per arm, named for it."
        )
    checked = {arm: _checked(path, arm, values) for arm, values in by_arm.items()}
    images = {arm: values.shape[1] for arm, values in checked.items()}
    if len(set(images.values())) > 1:
        told = ", ".join(f"{arm!r} has {count:,}" for arm, count in images.items())
        raise DataError(
            f"all arms of {path} must be measured on the same images, but {told}. Predict the same images with all."
        )
    runs = [run for arm, values in checked.items() for run in _runs(path, arm, values, named.get("seeds"))]
    note = f"Read from {path}: which of {next(iter(images.values())):,} images each run predicted right."
    return Reading(runs=tuple(runs), metric="accuracy", notes=(note,))


def _block(path: Path, block: NDArray[Any], arms: tuple[str, ...] | None) -> dict[str, NDArray[Any]]:
    if block.ndim != 3 or arms is None or len(arms) != len(block) or len(set(arms)) != len(arms):
        raise DataError(
            f"`{_BLOCK}` in {path} must have the shape (arms, seeds, images) and `arms` one name for each arm, but got "
            f"shape={block.shape}, arms={list(arms) if arms else 'none'}. Save both."
        )
    return dict(zip(arms, block, strict=True))


def _checked(path: Path, arm: str, values: NDArray[Any]) -> NDArray[np.bool_]:
    given = values[None] if values.ndim == 1 else values
    right = given.ndim == 2 and given.size and bool(np.isin(given, (0, 1)).all())
    if not right:
        raise DataError(
            f"{arm!r} in {path} must be 0 or 1 for each run and image, shape (seeds, images), but it is {values.dtype} "
            f"of shape {values.shape}. Save predicted == labels."
        )
    return given.astype(np.bool_)


def _runs(path: Path, arm: str, values: NDArray[np.bool_], seeds: tuple[str, ...] | None) -> list[RunReading]:
    if seeds is not None and len(seeds) != len(values):
        raise DataError(
            f"`seeds` in {path} must name each run of {arm!r}, but it has {len(seeds)} names for {len(values)} runs. "
            "Save one seed per run."
        )
    return [
        RunReading(
            arm=arm,
            seed=None if seeds is None else seeds[place],
            figure=float(run.mean()),
            images=len(run),
            where=f"{arm!r} in {path}",
            correct=run,
        )
        for place, run in enumerate(values)
    ]
