"""Which rows of which source an array holds, and whether two arrays share some.

A source is one loading of a data set. A selection narrows rows down: by a slice, a mask, a part of a random split, or
an index array; selections are applied one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

SplitName = Literal["train", "test", "all"]
FOREIGN = "foreign"  # a source that the audit cannot see into; two of them may hold the same rows


@dataclass(frozen=True)
class Cut:
    """A slice `[start:stop]`; None is an open end, negative ends count from the end."""

    start: int | None
    stop: int | None


@dataclass(frozen=True)
class Part:
    """One of several parts that share no row, as of a random split, a fold or a mask and its complement.

    Args:
        split: what divided the rows; parts of one division have the same.
        index: which part; -1 where unknown.
    """

    split: object
    index: int


@dataclass(frozen=True)
class Somehow:
    """Rows picked in a way that is not known."""

    key: object = None


Selection = Cut | Part | Somehow


@dataclass(frozen=True)
class Fragment:
    """Rows of one split of one source, after some selections."""

    source: object
    split: SplitName
    selections: tuple[Selection, ...] = ()

    def narrowed(self, selection: Selection) -> Fragment:
        """The same rows after one more selection."""
        if isinstance(selection, Cut):
            if selection == Cut(None, None):
                return self
            last = self.selections[-1] if self.selections else None
            merged = _inside(last, selection) if isinstance(last, Cut) else None
            if merged is not None:
                return replace(self, selections=(*self.selections[:-1], merged))
        return replace(self, selections=(*self.selections, selection)[-12:])


Rows = tuple[Fragment, ...]


def narrow(rows: Rows, selection: Selection) -> Rows:
    """Applies a selection; over rows of several sources it cannot be told which are left of each."""
    if len(rows) > 1:
        selection = selection if isinstance(selection, Somehow) else Somehow(("of several", selection))
    return tuple(fragment.narrowed(selection) for fragment in rows)


def splits(rows: Rows) -> set[str]:
    """The official splits that the rows come from."""
    return {fragment.split for fragment in rows}


def is_fold(rows: Rows) -> bool:
    """Whether rows are a part of a cross-validation."""
    parts = [part for fragment in rows for part in fragment.selections if isinstance(part, Part)]
    return any(isinstance(part.split, tuple) and part.split[:1] == ("fold",) for part in parts)


def share_rows(one: Rows, other: Rows) -> bool | None:
    """Whether two arrays hold a row in common; None where that is not certain.

    Example:
        >>> whole = (Fragment("mnist", "train"),)
        >>> share_rows(whole, narrow(whole, Cut(0, 100)))
        True
        >>> share_rows(narrow(whole, Cut(0, 100)), narrow(whole, Cut(100, None)))
        False
    """
    answers = [_fragments_share(first, second) for first in one for second in other]
    if any(answer is True for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False


def same_rows(one: Rows, other: Rows) -> bool | None:
    """Whether two arrays hold the same rows, as images and labels must; None where that is not certain."""
    unclear = any(isinstance(part, Somehow) for row in (*one, *other) for part in row.selections)
    if one == other:
        return None if unclear else True
    if len(one) != 1 or len(other) != 1 or one[0].source != other[0].source:
        return None
    first, second = one[0], other[0]
    if first.split != second.split and "all" not in (first.split, second.split):
        return False
    if any(isinstance(each, Somehow) for each in (*first.selections, *second.selections)):
        return None
    if len(first.selections) != len(second.selections):
        return None if len(first.selections) and len(second.selections) else False
    for mine, theirs in zip(first.selections, second.selections, strict=True):
        if mine == theirs:
            continue
        return _differ(mine, theirs)
    return True


def _differ(mine: Selection, theirs: Selection) -> bool | None:
    """False where the two certainly select different rows."""
    if isinstance(mine, Part) and isinstance(theirs, Part) and mine.split == theirs.split:
        return False if -1 not in (mine.index, theirs.index) else None
    if isinstance(mine, Cut) and isinstance(theirs, Cut):
        return False if _plain(mine) != _plain(theirs) and _comparable(mine, theirs) else None
    return None


def maker_of(fragment: Fragment) -> object | None:
    """The function that gave rows from out of sight; None for rows of a known source."""
    source = fragment.source
    return source[1][0] if isinstance(source, tuple) and source[0] == FOREIGN else None


def _fragments_share(one: Fragment, other: Fragment) -> bool | None:
    if one.source != other.source:
        foreign = any(maker_of(fragment) is not None for fragment in (one, other))
        return None if foreign or "unknown" in (one.source, other.source) else False
    if one.split != other.split:
        return None if "all" in (one.split, other.split) else False
    for mine, theirs in zip(one.selections, other.selections, strict=False):
        if mine == theirs and not isinstance(mine, Somehow):
            continue
        return _selections_share(
            mine,
            theirs,
            last=len(one.selections) == len(other.selections) == 1 or one.selections[:-1] == other.selections[:-1],
        )
    # One is the other, or part of it: every row of the smaller is in the larger.
    return True


def _selections_share(mine: Selection, theirs: Selection, *, last: bool) -> bool | None:
    if isinstance(mine, Part) and isinstance(theirs, Part) and mine.split == theirs.split:
        return None if -1 in (mine.index, theirs.index) else False if mine.index != theirs.index else None
    if isinstance(mine, Part) and isinstance(theirs, Part) and _drawn_apart(mine.split, theirs.split):
        return True
    if isinstance(mine, Cut) and isinstance(theirs, Cut):
        meet = _cuts_meet(mine, theirs)
        return meet if meet is False or last else None
    return None


def _drawn_apart(mine: object, theirs: object) -> bool:
    """Whether two random splits `("split", seed, settings...)` differ in their seed alone: then their parts overlap."""
    if not (isinstance(mine, tuple) and isinstance(theirs, tuple) and len(mine) > 2):
        return False
    return mine[0] == theirs[0] == "split" and mine[1] != theirs[1] and mine[2:] == theirs[2:]


def _cuts_meet(one: Cut, other: Cut) -> bool | None:
    """Whether two slices of the same rows meet, with the number of rows unknown."""
    (a, b), (c, d) = _plain(one), _plain(other)
    ends = [each for each in (a, b, c, d) if each is not None]
    if all(each >= 0 for each in ends):
        low, high = max(a, c), min((each for each in (b, d) if each is not None), default=None)
        return high is None or low < high
    # `[:-n]` and `[-n:]`: both count from the end.
    if a == 0 and b is not None and b < 0 and d is None and c < 0:
        return c < b
    if c == 0 and d is not None and d < 0 and b is None and a < 0:
        return a < d
    if a < 0 and c < 0 and b is None and d is None:
        return True
    return None


def _plain(cut: Cut) -> tuple[int, int | None]:
    return (cut.start or 0, cut.stop)


def _comparable(one: Cut, other: Cut) -> bool:
    """Whether equal bounds are the only way for two slices to be the same: all bounds counted from the same end."""
    ends = [each for each in (*_plain(one), *_plain(other)) if each is not None]
    return all(each >= 0 for each in ends) or all(each <= 0 for each in ends)


def _inside(outer: Cut, inner: Cut) -> Cut | None:
    """`x[outer][inner]` as one slice, where it can be told without the number of rows."""
    start, stop = _plain(outer)
    low, high = _plain(inner)
    if start < 0 or low < 0 or (high is not None and high < 0) or (stop is not None and stop < 0):
        return None
    ends = [each for each in (stop, None if high is None else start + high) if each is not None]
    return Cut(start + low, min(ends) if ends else None)
