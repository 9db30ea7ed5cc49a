"""Runs of all sources, put together into results: checked, on one scale, paired where that is known."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import counted, listed
from classlab.errors import DataError
from classlab.judging.names import is_loss, may_be_share, of_new_images, of_training
from classlab.judging.results import Result, Results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.judging.results import Reading, ReadingOptions, RunReading


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


_LEAST_PAIRS = 2  # seeds that two arms must share before pairing says anything


def assemble(readings: Sequence[Reading], options: ReadingOptions) -> Results:
    """Makes results of what was read.

    Args:
        readings: one per source, at least one.
        options: what a person said about them.

    Raises:
        DataError: one arm only, no figure at all, a seed twice for one arm, seeds for some runs only, or figures on
            several scales.
    """
    runs = [run for reading in readings for run in reading.runs]
    metric = readings[0].metric
    notes = [note for reading in readings for note in reading.notes]
    lower = options.lower_is_better
    higher_is_better = not is_loss(metric) if lower is None else not lower
    if lower is None and not higher_is_better:
        notes.append(f"Lower is taken for better, because the figure is called {metric!r}.")
    if of_training(metric) and not of_new_images(metric):
        notes.append(
            f"By their name {metric!r} the figures are of training images, so they say nothing about new images."
        )
    _check(runs, readings)
    shares = may_be_share(metric, higher_is_better=higher_is_better)
    figures, scale_notes, shares = scaled(runs, shares=shares, per_cent=options.per_cent)
    seeds, named = _seeds(runs)
    rows = tuple(
        Result(arm=run.arm, seed=seed, figure=figure, images=run.images)
        for run, seed, figure in zip(runs, seeds, figures, strict=True)
    )
    paired, pairing_notes = _pairing(rows, named=named)
    if any(reading.folds for reading in readings):
        notes.append(
            "The runs are folds of cross-validation: their training images overlap, so the true uncertainty is larger "
            "than their spread shows."
        )
    return Results(
        rows=rows,
        metric=metric,
        higher_is_better=higher_is_better,
        shares=shares,
        paired=paired,
        named=named,
        correct=_correct(runs),
        notes=(*notes, *scale_notes, *_without_figure(rows), *pairing_notes),
    )


def _check(runs: Sequence[RunReading], readings: Sequence[Reading]) -> None:
    metrics = list(dict.fromkeys(reading.metric for reading in readings))
    if len(metrics) > 1:
        raise DataError(
            f"all files must give the same figure, but they give {listed([repr(each) for each in metrics])}. "
            "Name it with --figure."
        )
    arms = tuple(dict.fromkeys(run.arm for run in runs))
    if len(arms) < 2:
        raise DataError(
            f"there must be two arms or more to compare, but there is only {arms[0]!r}, with "
            f"{counted(len(runs), 'run')}. Add the results of another arm, or name the columns that tell the arms "
            "apart with --arm."
        )
    with_figures = tuple(dict.fromkeys(run.arm for run in runs if run.figure is not None))
    if not with_figures:
        raise DataError(
            f"some run must have a finite figure, but none of {counted(len(runs), 'run')} has: all failed, are not "
            "finished, or have an empty cell. Wait for them, or name another column with --figure."
        )
    if len(with_figures) < 2:
        raise DataError(
            f"two arms or more must have figures, but only {with_figures[0]!r} has; every run of the others failed, "
            "is not finished, or has an empty cell. Name another column with --figure, or add runs."
        )
    _no_run_twice(runs)


def _no_run_twice(runs: Sequence[RunReading]) -> None:
    first: dict[tuple[str, str], RunReading] = {}
    for run in runs:
        if run.seed is None:
            continue
        before = first.setdefault((run.arm, run.seed), run)
        if before is run:
            continue
        differ = _settings_between(before, run, runs)
        hint = (
            f"These rows differ in {listed([repr(name) for name in differ[:8]])}: name those that make an arm with "
            "--arm."
            if differ
            else "Remove one of the two."
        )
        raise DataError(
            f"an arm must have each seed once, but {run.arm!r} has seed {run.seed} in {before.where} and in "
            f"{run.where}. {hint}"
        )


def _settings_between(one: RunReading, other: RunReading, runs: Sequence[RunReading]) -> list[str]:
    """Columns in which two rows differ, without those that differ in nearly every row, as identities and figures do."""
    before = dict(one.facts)
    differ = [name for name, cell in other.facts if name and before.get(name) != cell]
    kinds = {name: len({dict(run.facts).get(name) for run in runs}) for name in differ}
    return [name for name in differ if kinds[name] <= max(len(runs) // 2, 2)]


def _seeds(runs: Sequence[RunReading]) -> tuple[list[str], bool]:
    """A name for each run among those of its arm, and whether the sources give them."""
    named = [run.seed is not None for run in runs]
    if any(named) and not all(named):
        without = runs[named.index(False)]
        raise DataError(
            f"either every run must name its seed or none, but {without.where} names none and others do. "
            "Name the seed's column with --seed, or fill it in."
        )
    if all(named):
        return [str(run.seed) for run in runs], True
    places: Counter[str] = Counter()
    found = []
    for run in runs:
        places[run.arm] += 1
        found.append(str(places[run.arm]))
    return found, False


def _pairing(rows: Sequence[Result], *, named: bool) -> tuple[bool, tuple[str, ...]]:
    if len(rows) == len({row.arm for row in rows}):  # one run each: seeds say nothing, and images may
        return False, ()
    if not named:
        return False, ()
    seeds: dict[str, set[str]] = {}
    for row in rows:
        if row.figure is not None:
            seeds.setdefault(row.arm, set()).add(row.seed)
    thin = next(
        ((one, two) for one, two in combinations(seeds, 2) if len(seeds[one] & seeds[two]) < _LEAST_PAIRS), None
    )
    if thin is None:
        return True, ()
    if all(len(each) < _LEAST_PAIRS for each in seeds.values()):
        return len(set().union(*seeds.values())) == 1, ()
    return False, (
        f"{thin[0]} and {thin[1]} share {counted(len(seeds[thin[0]] & seeds[thin[1]]), 'seed')}, too few for pairs: "
        "the arms are compared unpaired.",
    )


def _without_figure(rows: Sequence[Result]) -> tuple[str, ...]:
    runs, missing = Counter(row.arm for row in rows), Counter(row.arm for row in rows if row.figure is None)
    return tuple(
        f"{arm} has no figure for {'any' if number == runs[arm] else number} of its {counted(runs[arm], 'run')}; "
        + (
            "it comes last."
            if number == runs[arm]
            else "it is judged on the others, and comes after the arms whose every run has one."
        )
        for arm, number in missing.items()
    )


def _correct(runs: Sequence[RunReading]) -> dict[str, NDArray[np.bool_]]:
    """Correctness by arm, where every run with a figure has it."""
    known = [run.correct for run in runs if run.figure is not None]
    if not known or any(each is None for each in known):
        return {}
    nothing = np.zeros_like(known[0])
    by_arm: dict[str, list[NDArray[np.bool_]]] = {}
    for run in runs:
        by_arm.setdefault(run.arm, []).append(nothing if run.correct is None else run.correct)
    return {arm: np.stack(each) for arm, each in by_arm.items()}
