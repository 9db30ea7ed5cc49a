"""What readers of figures must know of how pictures were read: one sentence for each kind of peculiarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.datasets.left_out import full_list, some
from classlab.datasets.safe_read.picture import FORMAT_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classlab.datasets.picture_set import Peculiar, PictureSet
    from classlab.records.picture_reading import PictureReading

_HALF = 128  # the uppermost of eight bits is not in use where no value reaches it


def picture_remarks(pictures: PictureSet, reading: PictureReading) -> list[str]:
    """The sentences.

    Args:
        pictures: the pictures, after they were settled.
        reading: how they were read.
    """
    peculiar = tuple(pictures.peculiar.values())
    found = (
        _unreadable(pictures),
        _deep(peculiar, reading, given=pictures.given.bits is not None),
        _deep_colour(peculiar),
        _transparent(peculiar, reading, given=pictures.given.paper is not None),
        _flat(peculiar),
        _several(peculiar),
        pictures.sizing.note(),
    )
    return [sentence for sentence in found if sentence]


def _unreadable(pictures: PictureSet) -> str:
    if not pictures.unreadable:
        return ""
    names = [one.path for one in pictures.unreadable]
    return (
        f"{len(names):,} of {pictures.tried:,} files could not be read as a {FORMAT_WORDS} picture and "
        f"{_were(names)} left out: {some(names)}. {full_list(pictures.tree.where)}"
    )


def _deep(peculiar: Iterable[Peculiar], reading: PictureReading, *, given: bool) -> str:
    largest = [one.largest for one in peculiar if one.largest is not None]
    if not largest or reading.bits is None:
        return ""
    division = {8: "left as they are", 16: "divided by 257 and rounded"}
    how = division.get(reading.bits, f"divided by {2 ** (reading.bits - 8)}")
    why = "as in the training" if given else f"because none is above {max(largest):,}"
    held = "1 picture holds" if len(largest) == 1 else f"{len(largest):,} pictures hold"
    return (
        f"{held} more than 8 bits, of which {reading.bits} were taken to be in use, {why}: the values were {how} to "
        "give 0 to 255."
    )


def _deep_colour(peculiar: Iterable[Peculiar]) -> str:
    largest = [one.deep_colour for one in peculiar if one.deep_colour is not None]
    if not largest:
        return ""
    held = "1 picture holds" if len(largest) == 1 else f"{len(largest):,} pictures hold"
    lost = (
        f" They reach {max(largest)} of 255, so that much may be lost: save them with 8 bits for each colour."
        if max(largest) < _HALF
        else ""
    )
    return f"{held} 16 bits for each colour, of which the upper 8 were read.{lost}"


def _transparent(peculiar: Iterable[Peculiar], reading: PictureReading, *, given: bool) -> str:
    drawn = [one for one in peculiar if one.transparent]
    brightness = [one.brightness for one in drawn if one.brightness is not None]
    if not drawn or reading.paper is None:
        return ""
    had = "1 picture has" if len(drawn) == 1 else f"{len(drawn):,} pictures have"
    if given:
        why = ", as in the training"
    elif brightness:
        mean = sum(brightness) / len(brightness)
        why = f", because what is drawn on them has a mean brightness of {mean:.0f} of 255"
    else:
        why = ""
    return f"{had} transparent pixels, which were laid on {reading.paper}{why}."


def _flat(peculiar: Iterable[Peculiar]) -> str:
    names = [one.file for one in peculiar if one.flat]
    if not names:
        return ""
    count = "1 of these pictures is" if len(names) == 1 else f"{len(names):,} of these pictures are"
    return f"{count} of one flat colour as read: {some(names)}."


def _several(peculiar: Iterable[Peculiar]) -> str:
    names = [one.file for one in peculiar if one.several]
    if not names:
        return ""
    have = "1 picture has" if len(names) == 1 else f"{len(names):,} pictures have"
    return f"{have} several pages or frames, of which the first was read: {some(names)}."


def _were(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"
