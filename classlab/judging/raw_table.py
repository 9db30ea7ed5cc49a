"""A table before its cells are interpreted, from a file or given in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classlab.errors import DataError
from classlab.judging.names import FIGURES, SEEDS, forms
from classlab.options.nearest import did_you_mean


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """Rows of cells that nobody has interpreted yet.

    Args:
        where: the file's name, for sentences.
        columns: their names.
        rows: as many cells each as there are columns: text, numbers, or None.
        lines: for each row where it stands, as in `line 5`.
    """

    where: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    lines: tuple[str, ...]

    def column(self, name: str) -> tuple[object, ...]:
        """All cells of a column.

        Raises:
            DataError: there is no such column.
        """
        place = self.place(name)
        return tuple(row[place] for row in self.rows)

    def place(self, name: str) -> int:
        """Position of a column.

        Raises:
            DataError: there is no such column.
        """
        if name not in self.columns:
            raise missing_column(self.where, name, self.columns)
        return self.columns.index(name)

    def kept(self, chosen: list[bool]) -> RawTable:
        """The table with those rows only."""
        return RawTable(
            where=self.where,
            columns=self.columns,
            rows=tuple(row for row, keep in zip(self.rows, chosen, strict=True) if keep),
            lines=tuple(line for line, keep in zip(self.lines, chosen, strict=True) if keep),
        )


def missing_column(where: str, name: str, columns: tuple[str, ...]) -> DataError:
    """The error for a column that a table lacks."""
    folded = next((column for column in columns if column.casefold() == name.casefold()), None)
    hint = " " + did_you_mean(folded or name, columns, otherwise="Name one of those.")
    return DataError(f"{where} must have the column {name!r}, but it has {named(columns)}.{hint}")


def named(columns: tuple[str, ...], *, most: int = 20) -> str:
    """Names of columns for a sentence; of very many the first."""
    shown = ", ".join(repr(column) for column in columns[:most])
    return shown + (f" and {len(columns) - most:,} more" if len(columns) > most else "") if columns else "none"


def unique_columns(where: str, columns: tuple[str, ...]) -> None:
    """Refuses a header that has a name twice.

    Raises:
        DataError: it has.
    """
    for place, column in enumerate(columns):
        if column and column in columns[:place]:
            raise DataError(f"{where} must name each column once, but {column!r} stands twice. Rename one of the two.")


WHERE = "the table"


def python_table(given: Any) -> tuple[RawTable, bool]:
    """Reads what a person has in a notebook.

    Args:
        given: a list of dicts, one per run; a dict of columns; a dict of arms with their figures (numbers alone, and
            no column that a table of runs would have); a data frame of pandas, polars or anything else that has
            `columns` and gives its columns by name.

    Returns:
        The table, and whether it has one column per arm.

    Raises:
        DataError: it is none of these.
    """
    if isinstance(given, Mapping):
        columns = {str(name): list(_sequence(values)) for name, values in given.items()}
        wide = _are_arms(columns) and not _names_a_run(columns)
        return _columns(columns, padded=wide), wide
    if hasattr(given, "columns") and hasattr(given, "__getitem__"):
        names = [str(name) for name in given.columns]
        unique_columns(WHERE, tuple(names))
        return _columns({str(name): list(given[name]) for name in given.columns}, padded=False), False
    if isinstance(given, Sequence) and given and all(isinstance(row, Mapping) for row in given):
        return table_of_rows(given, where=WHERE, unit="row"), False
    raise DataError(
        f"a table must be a list of dicts, a dict of lists or a data frame with at least one row, but got "
        f"{type(given).__name__}. Give one row per run, as in "
        '[{"arm": "adam", "seed": 0, "accuracy": 0.92}].'
    )


def table_of_rows(rows: Iterable[Mapping[Any, Any]], *, where: str, unit: str) -> RawTable:
    """Rows that name their cells; a cell that a row lacks is None.

    Args:
        rows: one mapping per run; mappings within it become columns named as in `params.optimizer`.
        where: the file's name, for sentences.
        unit: what a row is called, `row` or `line`.
    """
    flat = [_flat(row) for row in rows]
    columns = tuple(dict.fromkeys(name for row in flat for name in row))
    return RawTable(
        where=where,
        columns=columns,
        rows=tuple(tuple(row.get(name) for name in columns) for row in flat),
        lines=tuple(f"{unit} {number}" for number in range(1, len(flat) + 1)),
    )


def _columns(columns: Mapping[str, list[Any]], *, padded: bool) -> RawTable:
    lengths = {len(cells) for cells in columns.values()}
    longest = max(lengths, default=0)
    if not longest or (len(lengths) > 1 and not padded):
        told = ", ".join(f"{name!r} has {len(cells)}" for name, cells in columns.items()) or "there is none"
        raise DataError(f"every column of {WHERE} must have one cell per run, but {told}. Give as many to each.")
    filled = [cells + [None] * (longest - len(cells)) for cells in columns.values()]
    return RawTable(
        where=WHERE,
        columns=tuple(columns),
        rows=tuple(zip(*filled, strict=True)),
        lines=tuple(f"row {number}" for number in range(1, longest + 1)),
    )


def _flat(row: Mapping[Any, Any], prefix: str = "", *, depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, cell in row.items():
        if isinstance(cell, Mapping) and depth < 5:  # deeper is no setting of a run
            found |= _flat(cell, f"{prefix}{name}.", depth=depth + 1)
        else:
            found[f"{prefix}{name}"] = cell
    return found


def _sequence(values: Any) -> Iterable[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise DataError(
            f"every column of {WHERE} must be a list, but got {type(values).__name__}. Give one cell per run."
        )
    return values


def _are_arms(columns: Mapping[str, list[Any]]) -> bool:
    """Whether each column is an arm with its figures; one of them may hold something else, which is said later.

    Columns of runs are equally long, and one of names holds no numbers.
    """
    of_numbers = [[_is_number(cell) for cell in cells] for cells in columns.values()]
    if all(map(all, of_numbers)):
        return bool(columns)
    mixed = any(any(cells) and not all(cells) for cells in of_numbers)
    return any(cells and all(cells) for cells in of_numbers) and (mixed or len(set(map(len, of_numbers))) > 1)


def _is_number(cell: Any) -> bool:
    return cell is None or (not isinstance(cell, str | bool) and hasattr(cell, "__float__"))


def _names_a_run(columns: Mapping[str, Any]) -> bool:
    return any(form in FIGURES or form in SEEDS for name in columns for form in forms(name))
