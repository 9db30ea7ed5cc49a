"""Which columns of a table are pixels, which one is the label, and which are neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LABELS = ("label", "labels", "class", "classes", "target", "targets", "y", "digit", "category", "letter", "emotion")
_BESIDE = re.compile(r"|unnamed.*|index|id|imageid|image_id|usage|split|file.*|path|writer", re.IGNORECASE)
NAMELESS = "without a name"
_PACKED = ("pixels", "pixel")
LEAST_PIXELS = 4  # a picture of two by two
_SPLIT = ("usage", "split", "subset", "partition")
_PIXEL = re.compile(r"[a-z]*[ _.-]?[0-9]+(?:[x_.,-][0-9]+)*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What the columns of a table are.

    Args:
        pixels: positions, in order.
        label: position; None where no column is one.
        ignored: names of the others.
        packed: whether one column holds all pixels of an image, with spaces between them.
        split: position of the column that says which split an image belongs to.
    """

    pixels: tuple[int, ...]
    label: int | None
    ignored: tuple[str, ...] = ()
    packed: bool = False
    split: int | None = None


def choose_columns(
    where: str, names: Sequence[str], *, asked: str | None = None, size: tuple[int, int] | None = None
) -> Columns:
    """Tells the columns of a table with a header apart, by their names.

    Args:
        where: the table, for sentences.
        names: of the columns.
        asked: the column of labels, where the user says it.
        size: `(height, width)` of the images, where the user says it.

    Raises:
        DataError: the column that was asked for is not there, or several may be the labels.
    """
    plain = [name.strip().strip("'\"") for name in names]
    pixels = tuple(place for place, name in enumerate(plain) if _PIXEL.fullmatch(name) and name != asked)
    others = [place for place in range(len(plain)) if place not in set(pixels) and plain[place].lower() not in _PACKED]
    split = next((place for place in others if plain[place].lower() in _SPLIT), None)
    label = _label(where, plain, others) if asked is None else _asked(where, plain, asked)
    packed = not pixels and any(name.lower() in _PACKED for name in plain)
    if packed:
        pixels = tuple(place for place, name in enumerate(plain) if name.lower() in _PACKED)[:1]
    if label is None and _fits(len(pixels) - 1, size) and not _fits(len(pixels), size):
        # Columns that are numbered throughout: the first is the label, as in most such files.
        label, pixels = pixels[0], pixels[1:]
    pixels = tuple(place for place in pixels if place != label)
    ignored = tuple(plain[place] or NAMELESS for place in others if place not in (label, split))
    return Columns(pixels=pixels, label=label, ignored=ignored, packed=packed, split=split)


def _asked(where: str, names: Sequence[str], asked: str) -> int:
    if asked not in names:
        shown = ", ".join(names[:5]) + (" and so on" if len(names) > 5 else "")
        raise DataError(
            f"{where} must have the column {asked!r} that was asked for, but it has {shown}. Name one of these."
        )
    return list(names).index(asked)


def _label(where: str, names: Sequence[str], others: Sequence[int]) -> int | None:
    called = [place for place in others if names[place].lower() in _LABELS]
    left = called or [place for place in others if not _BESIDE.fullmatch(names[place])]
    if len(left) > 1:
        listed = ", ".join(names[place] for place in left[:5])
        raise DataError(
            f"it must be clear which column holds the labels, but {listed} of {where} may. Say it behind the name of "
            f"the file, as in '{where}#labels={names[left[0]]}'."
        )
    return left[0] if left else None


def holds_pixels(names: Sequence[str]) -> bool:
    """Whether the columns of a table with a header can be pixels: four at least, or all of an image in one cell."""
    plain = [name.strip().strip("'\"").lower() for name in names]
    return sum(bool(_PIXEL.fullmatch(name)) for name in plain) >= LEAST_PIXELS or any(name in _PACKED for name in plain)


def numbered_columns(where: str, first: Sequence[float], last: Sequence[float], count: int) -> Columns:
    """Tells the columns of a table without a header apart: the label is the first or the last.

    Args:
        where: the table, for sentences.
        first: values of the first column.
        last: values of the last column.
        count: number of columns.

    Raises:
        DataError: either may be the label.
    """
    # The pixels in the corners of an image are most often all the same.
    at_front, at_end = _may_be_label(first), _may_be_label(last)
    if at_front and at_end and are_classes(first) != are_classes(last):
        at_front, at_end = are_classes(first), are_classes(last)
    if at_front and at_end:
        raise DataError(
            f"it must be clear which column holds the labels, but the first and the last of {where} may. Say its "
            f"number, as in '{where}#labels=1' or '{where}#labels={count}'."
        )
    label = count - 1 if at_end and not at_front else 0
    return Columns(pixels=tuple(place for place in range(count) if place != label), label=label)


def asked_column(where: str, asked: str, count: int) -> Columns:
    """The columns of a table without a header whose labels the user places by their number, from 1.

    Args:
        where: the table, for sentences.
        asked: what the user says.
        count: number of columns.

    Raises:
        DataError: there is no such column.
    """
    if not (asked.isascii() and asked.isdecimal() and 1 <= int(asked) <= count):
        raise DataError(
            f"{where} must have the column {asked!r} that was asked for, but without a header line its columns are 1 "
            f"to {count}. Name one of these."
        )
    label = int(asked) - 1
    return Columns(pixels=tuple(place for place in range(count) if place != label), label=label)


def _may_be_label(values: Sequence[float]) -> bool:
    return len(set(values)) > 1 and all(value == int(value) for value in values)


def are_classes(values: Sequence[float]) -> bool:
    """Whether values number classes without gaps, each more than once, or nearly so."""
    found = set(values)
    return len(found) <= max(2, len(values) // 2) and max(found) - min(found) < 2 * len(found)


def _fits(pixels: int, size: tuple[int, int] | None) -> bool:
    if pixels < 4:
        return False
    if size is not None:
        return pixels in (size[0] * size[1], 3 * size[0] * size[1])
    return any(isqrt(pixels // channels) ** 2 * channels == pixels for channels in (1, 3))
