"""Labels as people have them, brought to class numbers from 0: from 1, with gaps, as words, as one-hot rows.

All splits of a dataset are numbered together, by the labels of its training images. What was done is said in a note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")  # so many digits fit 64 bits; 007 is a word
NO_CLASS = -1
_SHOWN = 5  # labels that a note lists


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbered:
    """Labels of all splits as numbers of classes.

    Args:
        labels: int64, one array `(images,)` for each that was given; `NO_CLASS` where no training image has the label.
        class_names: one name per class.
        notes: what was done, each a sentence.
    """

    labels: tuple[NDArray[np.int64], ...]
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def number_labels(
    given: Sequence[tuple[str, NDArray[Any]]],
    *,
    class_names: Sequence[str] | None = None,
    kept_names: Mapping[int, str] | Sequence[str] | None = None,
) -> Numbered:
    """Numbers the classes.

    Whole numbers that run from 0 without gaps stay as they are; all others, and words, become the position of the label
    among those of the training images in order, and give the classes their names.

    Args:
        given: a name for sentences and the labels, those of the training images first: `(images,)`, `(images, 1)`, or
            one-hot rows `(images, classes)`.
        class_names: one name per class, where the user says them.
        kept_names: names that the source keeps: by label, or of the classes in order; more than there are will do.

    Raises:
        DataError: labels that are no classes.
    """
    notes: list[str] = []
    values = [_values(where, labels, notes) for where, labels in given]
    if len({each.dtype.kind for each in values}) > 1:
        kinds = " and ".join(f"{where} {labels.dtype}" for (where, labels) in given)
        raise DataError(f"all labels must be numbers, or all words, but got {kinds}. Write them the same way.")
    known = _known_classes(values[0], class_names)
    plain = known.dtype.kind != "U" and known.tolist() == list(range(len(known)))  # they number the classes already
    words = tuple(str(label) for label in known.tolist())
    names = _kept(known, kept_names) or words if class_names is None else tuple(class_names)
    if not plain:
        notes.append(_said(known, named=names != words))
    numbered = [values[0] if plain else _positions(values[0], known)]
    for (where, _), each in zip(given[1:], values[1:], strict=True):
        numbered.append(_positions(each, known))
        notes += _left_out(where, each, numbered[-1])
    return Numbered(labels=tuple(numbered), class_names=names, notes=tuple(notes))


def _kept(known: NDArray[Any], kept: Mapping[int, str] | Sequence[str] | None) -> tuple[str, ...] | None:
    """The source's names of these labels; None where it has none for them."""
    if kept is None or known.dtype.kind == "U":
        return None
    if isinstance(kept, Mapping):
        return tuple(kept.get(label, str(label)) for label in known.tolist())
    if len(kept) == len(known):
        return tuple(kept)
    inside = len(known) > 0 and known[0] >= 0 and known[-1] < len(kept)
    return tuple(kept[label] for label in known.tolist()) if inside else None


def _known_classes(train: NDArray[Any], class_names: Sequence[str] | None) -> NDArray[Any]:
    """The labels in the order of their classes."""
    found = np.unique(train)
    if train.dtype.kind == "U":
        named = None if class_names is None else np.array([str(name) for name in class_names])
        return named if named is not None and set(found.tolist()) <= set(named.tolist()) else found
    if class_names is not None and len(class_names) != len(found):
        return np.arange(len(class_names))  # numbers of the names; the dataset says which name has no image
    return found


def _positions(labels: NDArray[Any], known: NDArray[Any]) -> NDArray[np.int64]:
    """Each label's place among the known ones, or `NO_CLASS`."""
    if len(known) == 0:
        return np.full(len(labels), NO_CLASS, np.int64)
    order = np.argsort(known)
    place = order[np.clip(np.searchsorted(known, labels, sorter=order), 0, len(known) - 1)]
    return np.where(known[place] == labels, place, NO_CLASS).astype(np.int64)


def _left_out(where: str, labels: NDArray[Any], numbered: NDArray[np.int64]) -> list[str]:
    strange = labels[numbered == NO_CLASS]
    if not len(strange):
        return []
    return [
        f"{len(strange):,} of {len(labels):,} images of {where} were left out, because no training image has their "
        f"class ({_listed(np.unique(strange))})."
    ]


def _said(known: NDArray[Any], *, named: bool) -> str:
    count = len(known)
    whose = "they have the names that came along" if named else "their names are the labels as they came"
    return f"Labels {_listed(known)} became classes 0 to {count - 1}; {whose}."


def _listed(known: NDArray[Any]) -> str:
    """Labels for a sentence: a run of whole numbers by its ends, others one by one."""
    if known.dtype.kind != "U" and len(known) > 2 and known[-1] - known[0] == len(known) - 1:
        return f"{known[0]} to {known[-1]}"
    shown = [repr(each) for each in known[:_SHOWN].tolist()]
    return ", ".join(shown) + (f" and {len(known) - _SHOWN:,} more" if len(known) > _SHOWN else "")


def _values(where: str, labels: NDArray[Any], notes: list[str]) -> NDArray[Any]:
    """Labels as int64 or text, `(images,)`."""
    if labels.ndim > 1 and labels.size == len(labels):
        labels = labels.reshape(-1)  # as in (images, 1), or (images, 1, 1, 1)
    if labels.ndim == 2 and labels.dtype.kind in "buif":
        return _from_rows(where, labels, notes)
    if labels.ndim != 1 or labels.dtype.kind not in "buifUSO":
        raise DataError(
            f"labels must be whole numbers or words, (images,), or one-hot rows, but {where} is of type {labels.dtype} "
            f"with shape {labels.shape}. Give one label per image."
        )
    if labels.dtype.kind in "USO":
        return _from_words(where, labels)
    if labels.dtype.kind == "f":
        return _from_floats(where, labels, notes)
    if labels.dtype == np.uint64 and labels.max(initial=0) > np.iinfo(np.int64).max:
        raise DataError(
            f"labels must number the classes from 0, but {where} goes up to {labels.max()}. Number them anew."
        )
    return labels.astype(np.int64)


def _from_floats(where: str, labels: NDArray[Any], notes: list[str]) -> NDArray[np.int64]:
    whole = np.isfinite(labels) & (labels == np.rint(labels)) & (np.abs(labels) < 2.0**53)
    if not whole.all():
        raise DataError(
            f"labels must be whole numbers or words, but {where} holds {labels[~whole].tolist()[0]!r}. Give one class "
            "per image; classlab does not predict quantities."
        )
    notes.append(f"{where} came as {labels.dtype}; all its labels are whole numbers.")
    return labels.astype(np.int64)


def _from_words(where: str, labels: NDArray[Any]) -> NDArray[Any]:
    """Text, or whole numbers where all the text is such."""
    words = [each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in labels.tolist()]
    strange = [each for each in words if not isinstance(each, str | int) or isinstance(each, bool)]
    if strange or len({type(each) for each in words}) > 1:
        odd = repr(strange[0]) if strange else "both"
        raise DataError(f"labels must be words or whole numbers, but {where} holds {odd}. Give one class per image.")
    return numbers_or_words(np.array(words)) if words else np.array(words, np.str_)


def numbers_or_words(cells: NDArray[Any]) -> NDArray[Any]:
    """Text as whole numbers, where all of it is such; else as it is."""
    if cells.dtype.kind != "U":
        return cells.astype(np.int64)
    words = cells.tolist()
    if all(_WHOLE.fullmatch(each) for each in words):
        return np.array([int(each) for each in words], np.int64)
    try:
        numbers = cells.astype(np.float64)
    except ValueError:
        return cells
    return numbers.astype(np.int64) if np.all(numbers == np.rint(numbers)) else cells


def _from_rows(where: str, rows: NDArray[Any], notes: list[str]) -> NDArray[np.int64]:
    hot = rows != 0
    place: NDArray[np.int64] = rows.argmax(axis=1).astype(np.int64) if rows.shape[1] else np.zeros(len(rows), np.int64)
    if rows.shape[1] and np.all(hot.sum(axis=1) == 1) and np.all(rows[hot] == 1):
        notes.append(f"{where} came as one-hot rows and became class numbers.")
        return place
    smoothed = _smoothing(rows, place)
    if smoothed is None:
        raise DataError(
            f"one-hot labels must have a single 1 in each row and 0 elsewhere, but {where} has other rows. "
            "Pass the class numbers."
        )
    high, low = smoothed
    notes.append(
        f"{where} came as smoothed one-hot rows, {high:.3g} for the class and {low:.3g} for every other, and became "
        "class numbers; the smoothing is not part of the training."
    )
    return place


def _smoothing(rows: NDArray[Any], place: NDArray[np.int64]) -> tuple[float, float] | None:
    """The two values of label smoothing, where every row holds these and sums to 1; None where one does not."""
    if rows.dtype.kind != "f" or len(rows) == 0 or rows.shape[1] < 2 or not np.isfinite(rows).all():
        return None
    high, low = float(rows[0, place[0]]), float(rows[0].min())
    expected = np.full(rows.shape, low)
    expected[np.arange(len(rows)), place] = high
    tolerance = 8 * float(np.finfo(rows.dtype).eps)  # a sum of rounded terms
    uniform = high > low and np.abs(rows - expected).max() <= tolerance
    return (high, low) if uniform and abs(high + (rows.shape[1] - 1) * low - 1) <= rows.shape[1] * tolerance else None
