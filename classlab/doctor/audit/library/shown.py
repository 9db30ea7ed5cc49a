"""Tables and figures: sorting a table is a choice, and what is written beside a curve names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.library.scores import note_choice
from classlab.doctor.audit.naming import carriers, kept, named, paired, said
from classlab.doctor.audit.trainings import Curve, Frame2D, Logs, Score
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    CallResult,
    Contents,
    Items,
    Mapping,
    Union,
    Value,
    text_of,
    whole_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter
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


AXES = "matplotlib.axes.Axes"
DRAWN = ("plot", "bar", "barh", "scatter", "semilogy", "semilogx", "step", "errorbar", "fill_between")
_SIDES = ("nrows", "ncols")


def plot(request: Request, axes: CallResult | None = None) -> Value:
    """`plt.plot(curve, label=...)`, or the same on axes of their own."""
    interpreter = request.interpreter
    curves = [each for value in request.args for each in carriers(value) if isinstance(each, Curve | Score | Logs)]
    label, figure = said(request.kwargs.get("label")), ("figure", interpreter.canvas.figure)
    for curve in curves:
        named(interpreter, label, "the label", curve, request.location)
        kept(interpreter, figure, request.kwargs.get("label"), curve, request.location)
    drawn = _drawn(interpreter, axes)
    interpreter.put(axes or interpreter.canvas, "drawn", Contents((*drawn.items, *curves[:20]), drawn.open))
    return UNKNOWN


def legend(request: Request, axes: CallResult | None = None) -> Value:
    """`plt.legend([...])` names the curves of the figure in the order in which they were drawn."""
    given = request.get(0, "labels", "handles")
    if len(request.args) > 1:
        given = request.args[1]
    drawn = _drawn(request.interpreter, axes)
    if isinstance(given, Items) and not drawn.open and len(given.items) == len(drawn.items):
        for text, place in zip(given.items, drawn.items, strict=True):
            for curve in _either(place):
                named(request.interpreter, said(text), "the legend", curve, request.location)
    return NONE


def title(request: Request, axes: CallResult | None = None) -> Value:
    """`plt.title(...)` names what is drawn, where it is all of one training."""
    text, drawn = said(request.first()), _drawn(request.interpreter, axes)
    curves = [curve for place in drawn.items for curve in _either(place)]
    fits = {id(fit) for curve in curves for fit in _fits(curve)}
    if text is not None and len(fits) == 1:
        named(request.interpreter, text, "the title", curves[0], request.location)
    return NONE


def new_figure(request: Request) -> Value:
    """The next curves belong to another figure."""
    interpreter = request.interpreter
    interpreter.put(interpreter.canvas, "figure", interpreter.mark())
    interpreter.put(interpreter.canvas, "drawn", Contents(()))
    return UNKNOWN


def _grid(request: Request) -> Value:
    """`plt.subplots(1, 2)`: a figure, and axes that are drawn on one by one."""
    new_figure(request)
    counts = [whole_of(value) if (value := request.get(place, name)) else 1 for place, name in enumerate(_SIDES)]
    if None in counts or not 0 < (counts[0] or 0) * (counts[1] or 0) <= bounds.UNROLLED:
        return UNKNOWN
    down, across = (count or 1 for count in counts)
    rows = [Items(tuple(_axes(request) for _ in range(across))) for _ in range(down)]
    if down == 1:
        axes: Value = rows[0] if across > 1 else rows[0].items[0]
    else:
        axes = Items(tuple(rows) if across > 1 else tuple(row.items[0] for row in rows))
    return Items((UNKNOWN, axes), "tuple")


def _axes(request: Request) -> CallResult:
    return CallResult(AXES, (), {}, request.location)


def _fits(value: Value) -> tuple[object, ...]:
    return value.fits if isinstance(value, Score) else (value.fit,) if isinstance(value, Curve | Logs) else ()


def _drawn(interpreter: Interpreter, axes: CallResult | None) -> Contents:
    """The curves of the figure that is being drawn, or of its axes where they are known."""
    found: Contents = axes.fields.get("drawn", Contents(())) if axes is not None else interpreter.canvas.drawn
    return found


def _either(place: Value) -> tuple[Value, ...]:
    """The curves of which one was drawn in a place, depending on the branch that was taken."""
    return place.options if isinstance(place, Union) else (place,)


_PYPLOT = "matplotlib.pyplot."
NAMES: Table = table(
    (_series, "pandas.Series"),
    (_table, "pandas.DataFrame pandas.DataFrame.from_records"),
    *((plot, _PYPLOT + name) for name in DRAWN),
    *((new_figure, _PYPLOT + name) for name in ("show", "figure", "close", "clf", "subplot", "savefig")),
    *((title, _PYPLOT + name) for name in ("title", "suptitle")),
    (legend, _PYPLOT + "legend"),
    (_grid, _PYPLOT + "subplots"),
)
