"""Files with their class names, before any is read: what class folders and tables of labels have in common."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlab.datasets.left_out import LeftOut
    from classlab.datasets.split_folders import Kind


@dataclass(frozen=True, kw_only=True)
class LabelledFiles:
    """The files of a dataset by split.

    Args:
        splits: for each split its files, relative to the dataset, each with the name of its class.
        class_names: every name that occurs or has a folder, whether or not a file belongs to it.
        left_out: files and rows that belong to no class.
        notes: remarks a reader of figures must know, each a sentence.
        ordered: whether the names are in the order of their labels; else they are put into an order.
    """

    splits: dict[Kind, tuple[tuple[str, str], ...]]
    class_names: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    ordered: bool = False


def composed(name: str) -> str:
    """A class name with composed accents: macOS takes them apart in file names."""
    return unicodedata.normalize("NFC", name)


def check_distinct(names: Iterable[str], where: str, step: str) -> None:
    """Refuses class names that people would take for one.

    Raises:
        DataError: two differ only in case or in the encoding of accents.
    """
    by_case: dict[str, str] = {}
    for name in sorted(set(names)):
        other = by_case.setdefault(composed(name).casefold(), name)
        if other != name:
            raise DataError(
                f"class names must differ in more than case or the encoding of accents, but {where} holds {other!r} "
                f"and {name!r}. {step}"
            )


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Class names in the order of their labels: alphabetical, as in Keras, but whole numbers by their value.

    Example:
        >>> in_order(["b", "a", "10"]), in_order(["10", "9", "1"])
        (('10', 'a', 'b'), ('1', '9', '10'))
    """
    plain = sorted(names)
    if all(re.fullmatch(r"[0-9]+", name) for name in plain):
        return tuple(sorted(plain, key=lambda name: (int(name), name)))
    return tuple(plain)


def order_note(names: tuple[str, ...]) -> str | None:
    """A sentence where the order of classes is not Keras's."""
    plain = sorted(names)
    if plain == list(names):
        return None
    place, name = next((place, name) for place, name in enumerate(names) if plain[place] != name)
    return (
        f"The class names are whole numbers and are ordered by their value: label {place} is class {name}, which by "
        f"the alphabet, as Keras orders folders, would be {plain[place]}."
    )
