"""The numbers of a heat map: arms laid out over two settings, in panels over a third."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.records.base import Record
from classlab.records.study import Selection, Setting, direction
from classlab.reports.figures.varied_settings import RATE, SettledArm, is_number, varied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_COLUMNS = 12
MOST_ROWS = 20
MOST_PANELS = 6
_LEAST_FILLED = 0.5  # of all combinations; a map of holes says less than the table
_LEAST_FILLED_IN_PANELS = 0.75


@dataclass(frozen=True, kw_only=True)
class HeatCell(Record):
    """A combination of values.

    Args:
        arm: the arm shown; None where the study has none of this combination.
        of: how many arms of this combination there are; the one with the best mean is shown.
    """

    arm: SettledArm | None
    of: int


@dataclass(frozen=True, kw_only=True)
class HeatPanel(Record):
    """One map; `cells` are row by row.

    Args:
        value: of the setting that tells the panels apart; None where there is one panel.
        cells: as many rows and columns as the map has values.
    """

    value: Setting | None
    cells: tuple[tuple[HeatCell, ...], ...]


@dataclass(frozen=True, kw_only=True)
class HeatMap(Record):
    """What is drawn.

    Args:
        select: the figure.
        row: the setting whose values are the rows.
        column: the setting whose values are the columns.
        panel: the setting whose values are the panels; None where there is one panel.
        rows: values from the top.
        columns: values from the left.
        panels: from the top.
        rest: further settings in which arms of one cell differ; it shows the best of them.
        beside: further settings in which arms of several cells differ.
    """

    select: Selection
    row: str
    column: str
    panel: str | None
    rows: tuple[Setting, ...]
    columns: tuple[Setting, ...]
    panels: tuple[HeatPanel, ...]
    rest: tuple[str, ...]
    beside: tuple[str, ...]

    def arms(self) -> list[tuple[HeatPanel, SettledArm, int]]:
        """The arms that are shown, with their panel and of how many each is the best."""
        cells = ((panel, cell) for panel in self.panels for row in panel.cells for cell in row)
        return [(panel, cell.arm, cell.of) for panel, cell in cells if cell.arm is not None]


def heat_map(arms: Sequence[SettledArm], select: Selection) -> HeatMap | None:
    """Lays the arms out; None where fewer than two settings vary, or where too many combinations are missing.

    Columns are the learning rates where those vary, rows the setting with the most values of the others, panels the
    one with the most values of what is left.

    Args:
        arms: in the study's order.
        select: the figure that ranks.
    """
    values = varied(arms)
    column = _column(values)
    row = _longest(values, without=(column,), most=MOST_ROWS)
    if column is None or row is None:
        return None
    panel = _longest(values, without=(column, row), most=MOST_PANELS)
    panels = _panels(arms, values, (row, column, panel), select)
    if panel is not None and _filled(panels) < _LEAST_FILLED_IN_PANELS:
        panel = None  # it goes along with a setting that is on an axis already
        panels = _panels(arms, values, (row, column, panel), select)
    if _filled(panels) < _LEAST_FILLED or all(arm.mean is None for arm in arms):
        return None
    rest, beside = _hidden(arms, [name for name in (row, column, panel) if name is not None])
    return HeatMap(
        select=select,
        row=row,
        column=column,
        panel=panel,
        rows=values[row],
        columns=values[column],
        panels=panels,
        rest=rest,
        beside=beside,
    )


def _panels(
    arms: Sequence[SettledArm],
    values: Mapping[str, Sequence[Setting]],
    axes: tuple[str, str, str | None],
    select: Selection,
) -> tuple[HeatPanel, ...]:
    """Lays the arms out over the values of a setting for the rows, one for the columns, and perhaps one for panels."""
    row, column, panel = axes
    panels = []
    for value in (None,) if panel is None else values[panel]:
        here = [arm for arm in arms if panel is None or arm.settings[panel] == value]
        cells = tuple(
            tuple(_cell(here, {row: down, column: across}, select) for across in values[column]) for down in values[row]
        )
        panels.append(HeatPanel(value=value, cells=cells))
    return tuple(panels)


def _filled(panels: Sequence[HeatPanel]) -> float:
    """The share of the combinations that the study has."""
    there = [cell.of > 0 for panel in panels for row in panel.cells for cell in row]
    return sum(there) / len(there)


def _hidden(arms: Sequence[SettledArm], axes: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Settings that are on no axis: those in which arms of one cell differ, and those in which only cells do."""
    names = dict.fromkeys(name for arm in arms for name in arm.settings if name not in axes)
    within: dict[str, None] = {}
    between: dict[str, None] = {}
    for name in names:
        by_cell: dict[tuple[Setting, ...], set[Setting | None]] = {}
        for arm in arms:
            by_cell.setdefault(tuple(arm.settings[axis] for axis in axes), set()).add(arm.settings.get(name))
        if any(len(found) > 1 for found in by_cell.values()):
            within[name] = None
        elif len(set().union(*by_cell.values())) > 1:
            between[name] = None
    return tuple(within), tuple(between)


def _column(values: Mapping[str, Sequence[Setting]]) -> str | None:
    if 1 < len(values.get(RATE, ())) <= MOST_COLUMNS:
        return RATE
    numeric = {name: each for name, each in values.items() if all(is_number(value) for value in each)}
    return _longest(numeric, most=MOST_COLUMNS) or _longest(values, most=MOST_COLUMNS)


def _longest(values: Mapping[str, Sequence[Setting]], *, most: int, without: Sequence[str | None] = ()) -> str | None:
    """The setting with the most values, yet no more than fit."""
    fit = [name for name, each in values.items() if name not in without and len(each) <= most]
    return max(fit, key=lambda name: len(values[name]), default=None)


def _cell(arms: Sequence[SettledArm], wanted: Mapping[str, Setting], select: Selection) -> HeatCell:
    here = [arm for arm in arms if all(arm.settings[name] == value for name, value in wanted.items())]
    sign = direction(select)
    best = max(here, key=lambda arm: float("-inf") if arm.mean is None else sign * arm.mean, default=None)
    return HeatCell(arm=best, of=len(here))
