"""Which class of a network each class of other data is: found by name, never by place unless that is asked for."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {word: str(digit) for digit, word in enumerate(_WORDS)}
_LISTED = 20  # names in a sentence


class ClassMatch(NamedTuple):
    """Where the classes of some data stand among those of a network.

    Args:
        places: for each class of the data its place among the network's.
        notes: what a reader of the figures must know, each a sentence.
    """

    places: tuple[int, ...]
    notes: tuple[str, ...]


def match_classes(name: str, found: Sequence[str], known: Sequence[str], *, by_place: bool = False) -> ClassMatch:
    """Finds the classes of some data among those that a network was trained on.

    Names are compared as they are, then without regard to case, then with the English words zero to nine for the
    digits. Labels that were given no names, which are called 0, 1, 2 and so on, are places themselves.

    Args:
        name: what the data are called.
        found: their class names, in label order.
        known: the network's class names, in label order.
        by_place: whether the first class is the first and so on, whatever they are called.

    Raises:
        DataError: a class is none of the network's, or two are the same one.

    Example:
        >>> match_classes("photos", ["Cat", "two"], ["2", "cat", "dog"]).places
        (1, 0)
    """
    nameless = tuple(found) == tuple(map(str, range(len(found))))
    places, notes = _by_name(found, known)
    if by_place or (nameless and None in places):
        if len(found) > len(known):
            raise DataError(
                f"the data must have no more classes than the {len(known)} that the run was trained on, but {name} has "
                f"{len(found)}. Choose data of the same classes."
            )
        places = list(range(len(found)))
        notes = [f"The classes of {name} are matched with those of the training by their order."]
    whole = [place for place in places if place is not None]
    stray = next((each for each, place in zip(found, places, strict=True) if place is None), None)
    if stray is not None:
        raise DataError(
            f"the classes of {name} must be called as those that the run was trained on, but {stray!r} is none of "
            f"them: the run has {_listed(known)}, and {name} has {_listed(found)}. Rename the classes, or match them "
            "by their order with `classes_by`, as in classes_by='order'."
        )
    if len(set(whole)) < len(whole):
        twice = next(known[place] for place in whole if whole.count(place) > 1)
        mine = [each for each, place in zip(found, whole, strict=True) if known[place] == twice]
        raise DataError(
            f"each class of {name} must be another one of the run's, but {_listed(mine)} are all {twice!r}. Merge them."
        )
    if whole and whole[0] and _count_on(found):
        notes.append(
            f"The classes of {name} were matched by name: its label 0 is called {found[0]!r}, which is the "
            f"run's label {whole[0]}. Where these names are bare labels that count from elsewhere, match them by "
            "their order with `classes_by`, as in classes_by='order'."
        )
    if len(whole) < len(known):
        notes.append(
            f"{name} has {len(whole)} of the {len(known)} classes of the training ({_listed(found)}): the figures are "
            "over its images, for which every class may be predicted."
        )
    return ClassMatch(tuple(whole), tuple(notes))


def _by_name(found: Sequence[str], known: Sequence[str]) -> tuple[list[int | None], list[str]]:
    """The place of each name, None where there is none, and what was not the same name."""
    exact = {each: place for place, each in enumerate(known)}
    folded = {_folded(each): place for place, each in reversed(list(enumerate(known)))}
    worded = {_DIGITS.get(each, each): place for each, place in folded.items()}
    places = []
    unlike = []
    for each in found:
        plain = _folded(each)
        place = exact.get(each, folded.get(plain, worded.get(_DIGITS.get(plain, plain))))
        places.append(place)
        if place is not None and known[place] != each:
            unlike.append(f"{each} as {known[place]}")
    return places, [f"Classes were matched by name: {_joined(unlike)}."] if unlike else []


def _count_on(names: Sequence[str]) -> bool:
    """Whether names may be nothing but labels: whole numbers without gaps."""
    numbers = [int(each) for each in names if each.isdecimal()]
    return len(numbers) == len(names) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _listed(names: Sequence[str]) -> str:
    return _joined([repr(each) for each in names])


def _joined(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - _LISTED:,} more" if len(parts) > _LISTED else ""
    return ", ".join(parts[:_LISTED]) + more
