"""pandas tables of scores: sorting by a column, or asking where it is largest, is a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.library.scores import note_choice
from classlab.doctor.audit.naming import paired
from classlab.doctor.audit.trainings import Frame2D
from classlab.doctor.audit.values import UNKNOWN, Items, Mapping, Value, text_of

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table

_SAME = ("copy", "reset_index", "round", "head", "tail", "set_index", "dropna", "sort_index", "iloc", "loc")


def _table(request: Request) -> Value:
    """`pd.DataFrame(rows)`: rows as dictionaries or as lists with named columns, or one list per column."""
    data, given = request.get(0, "data"), request.get(1, "columns")
    names = _texts(given) if given is not None else None
    if isinstance(data, Mapping):
        columns = _texts(Items(tuple(key for key, _ in data.pairs)))
        lists = [value.items for _, value in data.pairs if isinstance(value, Items)]
        if columns is None or len(lists) != len(columns):
            return UNKNOWN
        return _named_rows(request, Frame2D(columns, tuple(zip(*lists, strict=False))))
    rows = data.items if isinstance(data, Items) else ()
    if rows and all(isinstance(row, Mapping) for row in rows):
        tables = [row.pairs for row in rows if isinstance(row, Mapping)]
        columns = _texts(Items(tuple(key for key, _ in tables[0])))
        whole = columns is not None and all(len(pairs) == len(tables[0]) for pairs in tables)
        return Frame2D(columns, tuple(tuple(value for _, value in pairs) for pairs in tables)) if whole else UNKNOWN
    if rows and all(isinstance(row, Items) for row in rows):
        return Frame2D(names, tuple(row.items for row in rows if isinstance(row, Items)))
    return UNKNOWN


def _named_rows(request: Request, table: Frame2D) -> Frame2D:
    """A name in one column is that of the results beside it."""
    for row in table.rows[: bounds.UNROLLED]:
        paired(request.interpreter, row, request.location)
    return table


def _series(request: Request) -> Value:
    """`pd.Series(scores)`: its values."""
    data = request.get(0, "data")
    if isinstance(data, Mapping):
        return Items(tuple(value for _, value in data.pairs), open=data.open)
    return Items(data.items, open=data.open) if isinstance(data, Items) else UNKNOWN


def _texts(value: Value) -> tuple[str, ...] | None:
    items = value.items if isinstance(value, Items) else ()
    texts = [text for item in items if (text := text_of(item)) is not None]
    return tuple(texts) if texts and len(texts) == len(items) else None


def column(table: Frame2D, name: str | None) -> Items | None:
    """One column, as a list."""
    if name is None or table.columns is None or name not in table.columns:
        return None
    place = table.columns.index(name)
    if any(len(row) <= place for row in table.rows):
        return None
    return Items(tuple(row[place] for row in table.rows))


def table_method(request: Request, table: Frame2D) -> Value:
    """What a method of a table gives."""
    if request.name in ("sort_values", "nlargest", "nsmallest"):
        given = request.get(1 if request.name.startswith("n") else 0, "by", "columns")
        names = _texts(given) if isinstance(given, Items) else None
        by = names[0] if names else text_of(given)
        values = column(table, by)
        if values is not None:
            note_choice(request.interpreter, list(values.items), "sorted", request.location)
        return table
    if request.name in _SAME:
        return table
    return UNKNOWN


NAMES: Table = {"pandas.Series": _series, "pandas.DataFrame": _table, "pandas.DataFrame.from_records": _table}
