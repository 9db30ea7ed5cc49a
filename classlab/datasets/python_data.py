"""Data of Python programs in any of their forms: pairs, lists, dicts, tables, and what gives images one by one.

What gives images one by one (datasets and loaders of PyTorch and TensorFlow, Keras's `PyDataset`) is drained once, as
far as the limit on memory goes.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.array_choice import Held, choose_arrays
from classlab.datasets.dataset import Dataset
from classlab.datasets.drained import drained, is_source, names_of
from classlab.datasets.given import Given, Part, dataset_of
from classlab.datasets.pixel_columns import choose_columns
from classlab.datasets.python_arrays import as_array
from classlab.errors import DataError, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Pair = tuple[Any, Any]

_NAME = "arrays"
_SOURCE = "arrays passed from Python"
_PARTS = {1: ("train",), 2: ("train", "test"), 3: ("train", "validation", "test")}
_SHORT = {"train": "train", "validation": "val", "test": "test"}
_FORMS = "a dataset's name or path, a Dataset, arrays, a table, or what gives images with their labels"


def from_python(data: Any, *, class_names: Sequence[str] | None = None) -> Dataset:
    """Makes a dataset of what a program has.

    Args:
        data: `(images, labels)`, or two such pairs for training and test, or three for training, validation and test; a
            dict of arrays under any names; a table (of pandas and its kin) with a column of labels and one for each
            pixel; or a dataset or loader that gives images with their labels, or two or three of those.
        class_names: one name per class; the data's own, or the labels themselves, where left out.

    Raises:
        DataError: it is none of these, or it cannot be used.
    """
    if isinstance(data, Dataset):
        return data
    if isinstance(data, dict):
        given = _from_dict(data)
    else:
        pairs = _pairs(data)
        parts = _PARTS.get(len(pairs))
        if parts is None:
            raise DataError(
                f"arrays must come as (images, labels) or as two or three such pairs, but got {len(pairs)} pairs. Give "
                "for example `keras.datasets.mnist.load_data()`."
            )
        given = Given(
            parts={part: _part(part, *pair) for part, pair in zip(parts, pairs, strict=True)},
            kept_names=names_of(data),
        )
    if class_names is not None:
        given = replace(given, class_names=class_names)
    return dataset_of(given, name=_NAME, source=_SOURCE)


def _part(part: str, images: Any, labels: Any) -> Part:
    named = (f"x_{_SHORT[part]}", f"y_{_SHORT[part]}")
    for name, value in zip(named, (images, labels), strict=True):
        if value is None:
            raise DataError(f"`{name}` must be an array, but got None. Give the images and their labels.")
    return Part(images=as_array(named[0], images), labels=as_array(named[1], labels), named=named)


def _pairs(data: Any) -> list[Pair]:
    """Images and labels of each split."""
    if _is_table(data):
        return [_from_table(data)]
    if is_source(data):
        return [drained(data)]
    if not isinstance(data, tuple | list) or len(data) == 0:
        if inspect.isgenerator(data):
            raise DataError(
                "data must end, but a generator does not say where it does. Give so many of its batches as a list, as "
                "in list(itertools.islice(generator, 100))."
            )
        raise DataError(f"data must be {_FORMS}, but got {kind_of(data)}. Give for example 'mnist5k'.")
    if all(_is_table(each) or is_source(each) for each in data) and not _is_images_and_labels(data):
        return [pair for each in data for pair in _pairs(each)]
    if all(_is_pair(each) for each in data):
        splits = len(data) <= 3 and np.ndim(data[0][1]) > 0  # and not images one by one, or many batches
        return [(each[0], each[1]) for each in data] if splits or isinstance(data, tuple) else [drained(data)]
    if len(data) in (2, 4, 6) and not any(isinstance(each, str) for each in data):
        return [(data[place], data[place + 1]) for place in range(0, len(data), 2)]
    raise DataError(
        f"arrays must come as (images, labels) or as two or three such pairs, but got {len(data)} parts. Give for "
        "example `keras.datasets.mnist.load_data()`."
    )


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and np.ndim(value[0]) >= 2


def _is_table(value: Any) -> bool:
    """Whether a value is a table of pandas, polars or their kin."""
    return hasattr(value, "columns") and hasattr(value, "to_numpy") and not isinstance(value, np.ndarray)


def _is_images_and_labels(data: Sequence[Any]) -> bool:
    """Whether two tables are images and labels rather than two splits."""
    return len(data) == 2 and _is_table(data[0]) and _is_table(data[1]) and data[1].shape[1] == 1


def _from_table(table: Any) -> Pair:
    names = [str(name) for name in table.columns]
    columns = choose_columns("the table", names)
    if columns.label is None or len(columns.pixels) < 4:
        raise DataError(
            "a table must have a column label and one for each pixel, as in label, pixel0, pixel1 and so on, but it "
            f"has {', '.join(names[:5])}{' and so on' if len(names) > 5 else ''}. Give the images and their labels as "
            "arrays."
        )
    keys = list(table.columns)
    labels = as_array("y_train", table[keys[columns.label]])
    return table[[keys[place] for place in columns.pixels]].to_numpy(), labels


def _from_dict(data: Mapping[Any, Any]) -> Given:
    arrays = {str(name): as_array(str(name), value) for name, value in data.items()}
    kinds = {"S": "U", "O": "U"}
    held = {
        name: Held(shape=each.shape, kind=kinds.get(each.dtype.kind, each.dtype.kind)) for name, each in arrays.items()
    }
    choice = choose_arrays("the dict", held, asked={})
    parts = {}
    for part, (images, labels) in choice.parts.items():
        if labels is None:
            raise DataError(
                f"the {len(arrays[images]):,} images {images!r} must have labels, but no array of the dict has one "
                "entry for each. Add them, as in {'x_train': images, 'y_train': labels}."
            )
        parts[part] = Part(images=arrays[images], labels=arrays[labels], named=(images, labels))
    names = None if choice.class_names is None else [str(each) for each in arrays[choice.class_names].tolist()]
    return Given(parts=parts, kept_names=names, notes=(choice.said,) if choice.said else ())
