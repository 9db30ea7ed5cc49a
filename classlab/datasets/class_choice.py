"""Which names become classes once the pictures are read: those with training pictures, in the order of their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.datasets.labelled_files import in_order, order_note
from classlab.datasets.left_out import LeftOut, some
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.picture_set import LabelledPicture
    from classlab.datasets.split_folders import Kind

_WORDS: dict[Kind, str] = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True, kw_only=True)
class ClassChoice:
    """The classes.

    Args:
        names: in the order of their labels.
        left_out: test and validation pictures of other classes.
        notes: remarks a reader of figures must know, each a sentence.
    """

    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def choose_classes(
    splits: dict[Kind, list[LabelledPicture]], known: Sequence[str], where: str, *, ordered: bool = False
) -> ClassChoice:
    """Chooses the classes.

    A class of test pictures that was not trained on cannot be answered right, so its pictures are left out and a note
    says so; where the same split lacks a class of the training pictures too, the two are likely one under two names.

    Args:
        splits: the pictures that were read.
        known: names that have a folder or a row, with pictures or without.
        where: the dataset's path, for sentences.
        ordered: whether those names are in the order of their labels.

    Raises:
        DataError: a split has a class that the training pictures lack, and lacks one that they have.
    """
    trained = {one.class_name for one in splits["train"]}
    names = tuple(name for name in known if name in trained) if ordered else in_order(trained)
    left_out: list[LeftOut] = []
    notes = [None if ordered else order_note(names)]
    elsewhere = {one.class_name for pictures in splits.values() for one in pictures}
    empty = sorted(name for name in set(known) - elsewhere)
    if empty and trained:
        which = "is no class" if len(empty) == 1 else "are no classes"
        notes.append(f"No picture could be read of {_quoted(empty)}, which {which} therefore.")
    for kind, pictures in splits.items():
        held = {one.class_name for one in pictures}
        extra, lacking = sorted(held - trained), sorted(trained - held)
        if extra and lacking and trained:
            raise DataError(
                f"{_WORDS[kind]} pictures must be of the classes of the training pictures, but those of {where} have "
                f"{_quoted(extra)}, which the training pictures lack, and lack {_quoted(lacking)}. Give a class one "
                "name in both, or take its pictures away."
            )
        strangers = [one for one in pictures if one.class_name in extra]
        if strangers:
            notes.append(_strangers_note(kind, len(strangers), extra))
            reason = "is of a class without training pictures."
            left_out += [LeftOut(path=one.file, reason=reason) for one in strangers]
    return ClassChoice(names=names, left_out=tuple(left_out), notes=tuple(note for note in notes if note))


def _strangers_note(kind: Kind, count: int, extra: list[str]) -> str:
    pictures = f"1 {_WORDS[kind]} picture" if count == 1 else f"{count:,} {_WORDS[kind]} pictures"
    return (
        f"{pictures} of {_quoted(extra)} {'was' if count == 1 else 'were'} left out, because there are no training "
        "pictures of that: figures on the others say nothing of it."
    )


def _quoted(names: list[str]) -> str:
    return some([repr(name) for name in names])
