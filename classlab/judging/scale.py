"""One scale for all figures: shares from 0 to 1, however the source writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.judging.run_reading import RunReading

_READ_SO = "The figures are read as per cent, because {why}."


def scaled(
    runs: Sequence[RunReading], *, shares: bool, per_cent: bool
) -> tuple[list[float | None], tuple[str, ...], bool]:
    """Brings figures to shares.

    Figures that all lie from 0 to 1 are shares. Figures that all lie above 1 (or at 0, as networks that learned
    nothing may) and reach 100 at most are per cent. Both at once is one column with two meanings, or the 1 % of a
    network that guesses among a hundred classes, and only a person can tell.

    Args:
        runs: with their figures as the source has them.
        shares: whether they can be shares at all; other figures stay as they are.
        per_cent: whether a person said that they are per cent.

    Returns:
        A figure for each run, sentences on how they were read, and whether they are shares.

    Raises:
        DataError: the figures are on two scales, or on none.
    """
    given = [run.figure for run in runs]
    marked = [run.per_cent for run in runs if run.figure is not None]
    there = [figure for figure in given if figure is not None]
    if any(marked) and not all(marked) and not per_cent:
        raise _mixed("only some of them carry a per cent sign")
    if not shares and not per_cent and not any(marked):
        return given, (), False
    _must_lie_within(runs)
    if per_cent or any(marked):
        why = "they carry a per cent sign" if any(marked) else "they were said to be"
        return _divided(given), (_READ_SO.format(why=why),), True
    if max(there) <= 1:
        return given, (), True
    low = next((run for run in runs if run.figure is not None and 0 < run.figure <= 1), None)
    if low is not None:
        raise _mixed(f"{low.where or low.arm} has {low.figure:g} and others are above 1")
    return _divided(given), (_READ_SO.format(why="they lie above 1 and reach at most 100"),), True


def _must_lie_within(runs: Sequence[RunReading]) -> None:
    for run in runs:
        if run.figure is not None and not 0 <= run.figure <= 100:
            raise DataError(
                f"an accuracy must lie from 0 to 1, or from 0 to 100 per cent, but {run.where or run.arm} has "
                f"{run.figure:g}. Name another column with --figure; for a loss give --lower-is-better."
            )


def _mixed(how: str) -> DataError:
    return DataError(
        f"all figures must be shares from 0 to 1 or all per cent, but {how}. "
        "Bring them to one scale, or give --per-cent if all of them are per cent."
    )


def _divided(figures: Sequence[float | None]) -> list[float | None]:
    # Rounded where a double's own digits end: 92.18 / 100 is 0.9218 and not 0.9218000000000001.
    return [None if figure is None else round(figure / 100, 15) for figure in figures]
