"""What a source holds and a dataset does not: one record per file, with the reason."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED = 5  # files named in a sentence; `classlab data PATH --json` lists all


@dataclass(frozen=True, kw_only=True)
class LeftOut(Record):
    """A file, or a row of a table, that did not become an image of the dataset.

    Args:
        path: where it lies, relative to the dataset's folder or archive.
        reason: why, as the rest of a sentence whose subject is the path.
    """

    path: str
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", in_utf8(self.path))  # the way into a frozen dataclass


def in_utf8(path: str) -> str:
    """A path that can be written everywhere: what is no UTF-8 in a file's name becomes question marks."""
    return path.encode("utf-8", "replace").decode()


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are.

    Example:
        >>> some(["a", "b"]), some(list("abcdefg"))
        ('a, b', 'a, b, c, d, e and 2 more')
    """
    shown = in_utf8(", ".join(names[:NAMED]))
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED:,} more"


def full_list(where: str) -> str:
    """The sentence that says where every file is listed with its reason."""
    return f"`classlab data {shlex.quote(where)} --json` lists each with the reason."
