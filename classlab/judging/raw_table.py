"""A table as it was found: names of columns, rows of cells, and where each row stands."""

from __future__ import annotations

from dataclasses import dataclass

from classlab.errors import DataError
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
