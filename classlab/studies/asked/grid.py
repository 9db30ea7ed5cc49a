"""Lists of values into combinations: every value of every option with every other."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.studies.asked.study_draft import Grid, Options, StudyDraft


def combinations(grid: Grid) -> list[Options]:
    """Every combination of the values, the last option varying fastest.

    Args:
        grid: values by option.

    Example:
        >>> combinations({"optimizer": ["sgd", "adam"], "learning_rate": [0.1]})
        [{'optimizer': 'sgd', 'learning_rate': 0.1}, {'optimizer': 'adam', 'learning_rate': 0.1}]
    """
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def points(draft: StudyDraft) -> list[tuple[str, Options]]:
    """The arms of a draft: the name that the user gave its table, or "", and one value per option."""
    return [(arm.name, options) for arm in draft.arms for options in combinations(arm.grid)]
