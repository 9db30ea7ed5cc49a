"""TensorBoard's own folders of event files, through its reader where it is installed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.errors import DataError
from classlab.judging.column_names import FIGURES, matching, of_training
from classlab.judging.raw_table import RawTable, named
from classlab.judging.tensorboard_scalars import read_curves

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.judging.run_reading import Reading, ReadingOptions

_FILES = "*tfevents*"
_MOST_FOLDERS = 10_000


def is_event_folder(folder: Path) -> bool:
    """Whether a folder holds event files, in itself or below."""
    return any(file.is_file() for file in folder.rglob(_FILES))


def read_events(folders: Sequence[Path], options: ReadingOptions) -> Reading:
    """Reads the last finite value of one tag of each run; a run is a folder with event files, named by its path.

    Raises:
        DataError: tensorboard is not installed, or no run has such a tag.
    """
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for folder in folders:
        places = sorted({file.parent for file in folder.rglob(_FILES) if file.is_file()})
        if len(places) > _MOST_FOLDERS:
            raise DataError(
                f"a folder of TensorBoard's must hold at most {_MOST_FOLDERS:,} runs, but {folder} holds "
                f"{len(places):,}. Give the folders of fewer runs."
            )
        for place in places:
            name = place.relative_to(folder).as_posix()
            found[folder.name if name == "." else name] = _scalars(place)
    tag = _tag(found, options.figure, folders)
    curves = [(run, tag, _table(run, tags[tag])) for run, tags in found.items() if tag in tags]
    return read_curves(curves, replace(options, figure=tag))


def _table(run: str, points: Sequence[tuple[float, float]]) -> RawTable:
    return RawTable(
        where=run,
        columns=("Wall time", "Step", "Value"),
        rows=tuple((0.0, step, value) for step, value in points),
        lines=tuple(f"step {step:g}" for step, _ in points),
    )


def _tag(found: dict[str, dict[str, list[tuple[float, float]]]], told: str | None, folders: Sequence[Path]) -> str:
    tags = tuple(sorted({tag for each in found.values() for tag in each}))
    where = ", ".join(str(folder) for folder in folders)
    if told is not None and told in tags:
        return told
    guessed = [tag for tag in matching(tags, FIGURES) if not of_training(tag)]
    if told is None and guessed:
        return guessed[0]
    wanted = f"the tag {told!r}" if told is not None else "a tag such as `val_accuracy`"
    raise DataError(
        f"the event files of {where} must hold {wanted}, but they hold {named(tags)}. Name one with --figure."
    )


def _scalars(place: Path) -> dict[str, list[tuple[float, float]]]:
    """Steps and values by tag."""
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.util.tensor_util import make_ndarray
    except ImportError:
        raise DataError(
            f"{place} needs the package tensorboard to be read, but it is not installed. "
            'Install it with `pip install "classlab[tensorboard]"`, or download the curves as CSV.'
        ) from None
    events = EventAccumulator(str(place), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    found = {
        tag: [(float(event.step), float(event.value)) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }
    for tag in events.Tags()["tensors"]:  # what TensorFlow 2 and Keras write
        points = [(event.step, make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
        if all(array.ndim == 0 and array.dtype.kind in "fiu" for _, array in points):
            found[tag] = [(float(step), float(array)) for step, array in points]
    return found
