"""Parquet files with numbers for pixels, in a column for each or in lists; headers before rows."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.array_choice import example
from classlab.datasets.pixel_columns import choose_columns
from classlab.datasets.safe_read.limits import MAX_BYTES, amount, check_claim, open_data
from classlab.datasets.safe_read.pixel_table import PixelTable
from classlab.errors import ClasslabError, DataError
from classlab.extras import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

Read = tuple[PixelTable, "tuple[str, ...] | None"]
_LABELS = ("label", "labels", "class", "target", "y", "fine_label", "digit", "category")
_IMAGES = ("image", "img", "images", "picture", "pixels", "x", "pixel_values")
_ROWS = 1000  # decoded together


def read_parquet_table(path: Path, *, asked: Mapping[str, str], size: tuple[int, int] | None) -> Read:
    """Reads one file.

    Args:
        path: the file.
        asked: the columns of `images` and `labels`, where the user says them.
        size: `(height, width)` of images in columns of pixels.

    Returns:
        Images, flat or as pictures, with their labels; and the names of the classes where the file has them.

    Raises:
        DataError: pyarrow is not installed, or it is no such file, damaged, or too large.
        StorageError: it cannot be read.
    """
    with opened(path) as file, damage_said(path):
        return _table(path, file, asked, size)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Opens a file for as long as it is read, its claims checked.

    Raises:
        DataError: pyarrow is not installed, or it is no such file, damaged, or too large.
        StorageError: it cannot be read.
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise DataError(
            f"{path} needs the package pyarrow to be read, but it is not installed. Install it with "
            f"`{command('parquet')}`."
        ) from None
    with open_data(path) as raw:
        with damage_said(path):
            stored = os.fstat(raw.fileno()).st_size
            file = pyarrow.parquet.ParquetFile(raw)
            claimed = sum(file.metadata.row_group(place).total_byte_size for place in range(file.num_row_groups))
            check_claim(str(path), claimed, stored, packed=True)
        yield file


@contextmanager
def damage_said(path: Path) -> Iterator[None]:
    """Turns what pyarrow says of a file that it cannot read into a sentence."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError) as problem:
        if isinstance(problem, ClasslabError):
            raise
        raise DataError(f"{path} is no Parquet file, or it is damaged. Get the file again.") from None


def named_columns(path: Path, file: Any, asked: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The columns of images and of labels: those that were asked for, else by their names; None where there is none.

    Raises:
        DataError: what was asked for is not there.
    """
    names = list(file.schema_arrow.names)
    encoded = [name for name in names if is_encoded(file.schema_arrow.field(name).type)]
    called = [name for name in names if name.lower() in _IMAGES]
    images = asked.get("images") or next(iter(called or (encoded if len(encoded) == 1 else ())), None)
    label = asked.get("labels") or next((name for word in _LABELS for name in names if name.lower() == word), None)
    if label is None and images in encoded and len(names) == len(encoded) + 1:
        label = next(name for name in names if name not in encoded)  # the only one that is no picture
    for column in (images, label):
        if column is not None and column not in names:
            raise DataError(
                f"{path} must have the column {column!r}, but it has {', '.join(names[:8])}. Name one of these."
            )
    return images, label


def is_encoded(kind: Any) -> bool:
    """Whether cells of a type of pyarrow's may be encoded pictures: bytes, or bytes with their path."""
    from pyarrow import types

    if types.is_struct(kind):
        return bool(kind.get_field_index("bytes") >= 0)
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _table(path: Path, file: Any, asked: Mapping[str, str], size: tuple[int, int] | None) -> Read:
    schema = file.schema_arrow
    names = list(schema.names)
    images, label = named_columns(path, file, asked)
    if images is None:
        chosen = choose_columns(str(path), names, asked=label, size=size)
        label = None if chosen.label is None else names[chosen.label]
        columns, ignored = [names[place] for place in chosen.pixels], chosen.ignored
    else:
        columns, ignored = [images], tuple(name for name in names if name not in (images, label))
    if not columns:
        raise DataError(
            f"{path} must have a column of pictures or one for each pixel, but it has {', '.join(names[:8])}. Say "
            f"which, as in '{path}{example(names)}'."
        )
    pixels: list[NDArray[Any]] = []
    labels: list[Any] = []
    for batch in file.iter_batches(batch_size=_ROWS, columns=[*columns, *([label] if label else [])]):
        pixels.append(_numbers(batch, columns) if images is None else _lists(path, batch.column(images).to_pylist()))
        labels += batch.column(label).to_pylist() if label else []
        if sum(each.nbytes for each in pixels) > MAX_BYTES:
            raise DataError(
                f"images must not need more than {amount(MAX_BYTES)} of memory, but {path} holds more. Use fewer."
            )
    if len({each.shape[1:] for each in pixels}) != 1:
        raise DataError(_sizes(path) if pixels else f"{path} must hold images, but it holds none. Get the file again.")
    table = PixelTable(
        pixels=np.concatenate(pixels),
        labels=np.array([str(each) for each in labels], np.str_) if label else None,
        label=label or "",
        ignored=ignored,
    )
    return table, class_names_of(schema, label)


def _numbers(batch: Any, columns: list[str]) -> NDArray[Any]:
    return np.stack([batch.column(name).to_numpy(zero_copy_only=False) for name in columns], axis=1)


def _lists(path: Path, cells: list[Any]) -> NDArray[Any]:
    """Images whose pixels stand in one cell, as lists of numbers."""
    if not all(isinstance(cell, list) for cell in cells):
        raise DataError(f"every row of {path} must hold the pixels of its image, but one does not. Get the file again.")
    images = [np.asarray(cell) for cell in cells]
    if len({each.shape for each in images}) > 1:
        raise DataError(_sizes(path))
    return np.stack(images)


def _sizes(path: Path) -> str:
    return (
        f"all pictures of {path} must have one size, but they have several. Save them as files in one folder per "
        "class, and give that folder with a size."
    )


def class_names_of(schema: Any, label: str | None) -> tuple[str, ...] | None:
    """Names of classes as the library `datasets` keeps them beside the columns."""
    try:
        kept = json.loads((schema.metadata or {})[b"huggingface"])
        names = kept["info"]["features"][label]["names"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return None
    return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else None
