"""Curves as the page of Weights & Biases exports them: a step, then three columns per run.

The columns are called `RUN - METRIC`, `RUN - METRIC__MIN` and `RUN - METRIC__MAX`; where the x axis is not the step,
`RUN - _step` and its two stand beside them. The last finite figure of a run is its figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.errors import DataError
from classlab.judging import cells
from classlab.judging.run_names import split_seeds
from classlab.judging.run_reading import Reading, RunReading

if TYPE_CHECKING:
    from classlab.judging.raw_table import RawTable
    from classlab.judging.run_reading import ReadingOptions

_BETWEEN = " - "
_BOUNDS = ("__MIN", "__MAX")
_GROUP = "Group: "


def is_history(table: RawTable) -> bool:
    """Whether a table is such an export."""
    return any(f"{column}{_BOUNDS[0]}" in table.columns and _BETWEEN in column for column in table.columns)


def read_history(table: RawTable, options: ReadingOptions) -> Reading:
    """Reads the last finite figure of each run.

    Raises:
        DataError: the columns are averages of groups, several metrics are there and none is named, or a cell is no
            number.
    """
    curves = [
        column
        for column in table.columns
        if f"{column}{_BOUNDS[0]}" in table.columns and not column.endswith(f"{_BETWEEN}_step")
    ]
    if any(column.startswith(_GROUP) for column in curves):
        raise DataError(
            f"{table.where} must hold one curve per run, but {curves[0]!r} is the average of a group. "
            "Switch grouping off in Weights & Biases and export again."
        )
    metric = _metric(table, [column.rpartition(_BETWEEN)[2] for column in curves], options.figure)
    chosen = [column for column in curves if column.rpartition(_BETWEEN)[2] == metric]
    named = split_seeds([column.rpartition(_BETWEEN)[0] for column in chosen])
    images = options.number_of_images
    runs = []
    for column, (arm, seed) in zip(chosen, named, strict=True):
        value, per_cent = _last(table, column)
        runs.append(
            RunReading(
                arm=arm,
                seed=seed,
                figure=value,
                per_cent=per_cent,
                images=images,
                where=f"{column!r} of {table.where}",
            )
        )
    note = (
        f"Read from {table.where}, curves of Weights & Biases: arm and seed from the runs' names, the last finite "
        f"{metric!r} of each run."
    )
    return Reading(runs=tuple(runs), metric=metric, notes=(note,))


def _metric(table: RawTable, found: list[str], told: str | None) -> str:
    metrics = list(dict.fromkeys(found))
    if told is not None and told in metrics:
        return told
    if told is None and len(metrics) == 1:
        return metrics[0]
    what = "must name one" if told is None else f"must be one of them and not {told!r}"
    raise DataError(
        f"{table.where} holds curves of {listed([repr(each) for each in metrics[:8]])}, so --figure {what}. Name one."
    )


def _last(table: RawTable, column: str) -> tuple[float | None, bool]:
    place = table.place(column)
    for row, line in zip(reversed(table.rows), reversed(table.lines), strict=True):
        try:
            value, per_cent = cells.figure(row[place])
        except ValueError:
            raise DataError(
                f"{column!r} must hold numbers, but {line} of {table.where} has {cells.shown(row[place])}. "
                "Export it again."
            ) from None
        if value is not None:
            return value, per_cent
    return None, False
