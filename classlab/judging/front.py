"""`classlab.judge`: a table that is there already in Python, judged."""

from __future__ import annotations

from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from classlab.errors import SpecError
from classlab.judging.assembly import assemble
from classlab.judging.judgement import judge_results
from classlab.judging.raw_table import python_table
from classlab.judging.results import ReadingOptions
from classlab.judging.sources import read_results
from classlab.judging.table_reading import read_table, read_wide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.judging.judgement import JudgedResults
    from classlab.judging.results import Results
    from classlab.statistics import Family

Pairs = Literal["all", "best"]
FAMILIES: dict[Pairs, Family] = {"best": "best", "all": "all pairs"}


def judge(
    table: Any,
    *,
    arm: str | Sequence[str] = (),
    seed: str | Sequence[str] = (),
    figure: str | None = None,
    images: int | str | None = None,
    only: Mapping[str, str] | None = None,
    wide: bool | None = None,
    per_cent: bool = False,
    lower_is_better: bool | None = None,
    confidence: float = 0.95,
    margin: float = 0.0,
    pairs: Pairs = "best",
) -> JudgedResults:
    """Says what results that were measured elsewhere show about arms.

    Args:
        table: a list of dicts, one per run; a dict of columns; a dict of arms with their figures; a data frame of
            pandas or polars; or the path of a file that `classlab judge` reads, or several paths.
        arm: the column, or columns, that name the arm; found by their usual names where empty.
        seed: those that name the run among the arm's. Where there is none, runs are not paired.
        figure: the column with the figures.
        images: how many images are behind every figure, or the column that says so.
        only: rows that count, by column and value.
        wide: whether each column is an arm and each row a seed; a dict of arms is recognised where None.
        per_cent: the figures are per cent although they look like shares.
        lower_is_better: by the figure's name where None.
        confidence: that all intervals hold at once.
        margin: differences of this size or less do not matter; a share where figures are shares of images, else in
            the figures' unit.
        pairs: `best` keeps the comparisons with the first arm, `all` every one.

    Returns:
        Arms in order, comparisons, and `sentences`; `print(judgement)` prints those.

    Raises:
        DataError: the table is not one, or its results cannot be compared.
        SpecError: an option makes no sense.

    Example:
        >>> found = judge({"adam": [92.9, 92.3, 92.5], "sgd": [88.1, 87.9, 88.4]}, images=10000)
        >>> found.verdict, found.first, found.candidates
        ('better', 'adam', ('adam',))
    """
    options = ReadingOptions(
        arm=_columns(arm),
        seed=_columns(seed),
        figure=figure,
        images=_images(images),
        lower_is_better=lower_is_better,
        wide=bool(wide),
        per_cent=per_cent,
        only=tuple((str(column), str(value)) for column, value in (only or {}).items()),
    )
    return judge_results(
        _results(table, options, wide=wide), confidence=confidence, margin=margin, family=_family(pairs)
    )


def _results(table: Any, options: ReadingOptions, *, wide: bool | None) -> Results:
    paths = [table] if isinstance(table, str | Path) else table
    if isinstance(paths, list | tuple) and paths and all(isinstance(path, str | Path) for path in paths):
        return read_results([Path(path) for path in paths], options)
    found, looks_wide = python_table(table)
    as_wide = looks_wide and not options.arm and options.figure is None if wide is None else wide
    return assemble([read_wide(found, options) if as_wide else read_table(found, options)], options)


def _columns(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _images(images: int | str | None) -> int | str | None:
    if isinstance(images, str) or images is None:
        return images
    if isinstance(images, bool) or not isinstance(images, Integral) or images < 1:
        raise SpecError(
            f"`images` must be a whole number of at least 1, or a column's name, but got images={images!r}. Count the "
            "images behind a figure."
        )
    return int(images)


def _family(pairs: Pairs) -> Family:
    if pairs not in FAMILIES:
        raise SpecError(f"`pairs` must be 'all' or 'best', but got pairs={pairs!r}. 'best' is usual.")
    return FAMILIES[pairs]
