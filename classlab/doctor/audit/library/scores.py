"""Scores and curves: averages, bests, orders; picking the best of several is noted as a choice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.iteration import elements
from classlab.doctor.audit.join import any_of
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.rows import Part
from classlab.doctor.audit.trace import Choice
from classlab.doctor.audit.trainings import Curve, Predicted, Score
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    Chooser,
    Const,
    Items,
    Mapping,
    Number,
    Stat,
    Union,
    Value,
    number_of,
    whole_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.library.request import Request, Table
    from classlab.doctor.audit.location import Location


def scores_in(value: Value, *, depth: int = 0) -> list[Score]:
    """The scores that a value holds, or may hold."""
    if isinstance(value, Score):
        return [value]
    if isinstance(value, Curve):
        return [curve_score(value)]
    if isinstance(value, Union):
        return [each for option in value.options for each in scores_in(option, depth=depth + 1)]
    if isinstance(value, Items) and depth < 3:
        return [each for item in value.items for each in scores_in(item, depth=depth + 1)]
    return []


def curve_score(curve: Curve) -> Score:
    """One point of a curve."""
    role = curve.fit.validation_role if curve.figure.startswith("val_") else "trained"
    return Score((curve.fit,), role, curve.figure, None, curve.fit.model)


def best_of(curve: Curve, way: str, location: Location) -> Score:
    """The best point of a curve; the largest loss is not the best."""
    score = curve_score(curve)
    return score if is_worst(score, way) else replace(score, best=location)


def is_worst(score: Score, way: str) -> bool:
    """Whether the largest, or the smallest, of some figures is the worst of them, as the end of an axis is."""
    if way == "largest":
        return bool({"loss", "error", "mse", "mae"} & set(score.figure.split("_")))
    return way == "smallest" and "accuracy" in score.figure and score.figure != "accuracy"


def averaged(value: Value) -> Value:
    """The mean or sum of some scores is a score about all their trainings; of a curve's end, that of the curve."""
    if isinstance(value, Curve):
        return curve_score(value)
    if isinstance(value, Predicted):
        return predicted_score(value)
    found = scores_in(value)
    if isinstance(value, Items) and found and len(found) == len(value.items):
        fits = tuple(dict.fromkeys(fit for score in found for fit in score.fits))
        roles = {score.role for score in found}
        role = roles.pop() if len(roles) == 1 else "unknown"
        best_at = next((each.best for each in found if each.best), None)
        return Score(fits[:50], role, found[0].figure, best_at, found[0].model)
    return value if isinstance(value, Score) else UNKNOWN


def mean_along(items: Items, axis: int | None) -> Value:
    """The mean over all, or over each row or column of a table."""
    rows = [each for each in items.items if isinstance(each, Items)]
    if not rows:
        return averaged(items)
    if axis is None:
        return averaged(Items(tuple(each for row in rows for each in row.items)))
    lines = rows if axis in (1, -1) else [Items(each) for each in zip(*(row.items for row in rows), strict=False)]
    return Items(tuple(averaged(line) for line in lines))


def predicted_score(value: Predicted) -> Score:
    """How many predictions are right."""
    return Score(value.model.fits, value.role, "accuracy", None, value.model)


def note_choice(
    interpreter: Interpreter, values: list[Value], way: str, location: Location, *, picks: bool = False
) -> None:
    """Notes that one of several values was picked, where they are scores."""
    found = [score for value in values for score in scores_in(value, depth=2)]
    if found and not (way == "largest" and all(is_worst(score, way) for score in found)):
        interpreter.trace.choices.append(Choice(tuple(found), way, location, picks))


def note_order(request: Request, values: tuple[Value, ...], key: Value | None) -> None:
    """Notes what a list is sorted by, where that is a score."""
    note_choice(request.interpreter, [_by(request, value, key) for value in values], "sorted", request.location)


def _by(request: Request, value: Value, key: Value | None) -> Value:
    """What a value is compared by: what the key gives, or itself, or the first score of a row."""
    if key is not None and key != NONE:
        return request.interpreter.call(key, (value,), {}, request.node)
    if isinstance(value, Items) and value.items:
        first = value.items[0]
        return first if isinstance(first, Score) else UNKNOWN
    return value


def best(request: Request) -> Value:
    """`max` and `min`: over a curve the best epoch, over several scores a choice."""
    way = "smallest" if request.kind == "min" else "largest"
    key = request.kwargs.get("key")
    if len(request.args) == 1:
        given = request.args[0]
        if isinstance(given, Curve):
            return best_of(given, way, request.location)
        if isinstance(given, Array):
            return statistic_of(request, given, "min" if way == "smallest" else "max")
        turns = elements(request.interpreter, given)
        values = list(turns.values)
    else:
        values = list(request.args)
    numbers = [number_of(value) for value in values]
    if values and key is None and None not in numbers and all(isinstance(value, Const) for value in values):
        known = [number for number in numbers if number is not None]
        picked = max(known) if way == "largest" else min(known)
        return values[known.index(picked)]
    found = [_by(request, value, key) for value in values]
    note_choice(request.interpreter, found, way, request.location, picks=key is not None)
    if key is None and scores_in(Items(tuple(values), "tuple")):
        return _together(values)
    return any_of(values) if len(values) <= 32 else UNKNOWN


def _together(values: list[Value]) -> Value:
    """The best of some scores: a score that may be of any of their trainings."""
    found = [score for value in values for score in scores_in(value)]
    others = [value for value in values if not scores_in(value)]  # `best = max(best, score)` begins with a number
    known = all(isinstance(value, Const) for value in others)
    return averaged(Items(tuple(found), "tuple")) if known else UNKNOWN


def index_of_best(request: Request) -> Value:
    """`np.argmax` over scores: a choice; over one curve: the best epoch, which is how epochs are chosen."""
    given = request.first()
    if isinstance(given, Predicted):
        if given.stage == "scores" and not given.row and request.whole(1, "axis") == 0:
            request.interpreter.trace.along_images.append((given, request.location))
        return request.interpreter.trace.read_off(given, request.location, picked=True)
    if isinstance(given, Curve):
        return UNKNOWN
    if isinstance(given, Array) and request.kind == "argmax" and given.facts.kind == "labels":
        return Array(replace(given.facts, one_hot=False, shape=None))  # rows of 0 and 1 as numbers again
    if isinstance(given, Array) and request.kind == "argsort":
        order = ("order", request.interpreter.mark())
        return Chooser((Part(order, 0),), order, None, "by class" if given.facts.kind == "labels" else "")
    way = "sorted" if request.kind == "argsort" else "smallest" if "min" in request.kind else "largest"
    if isinstance(given, Items | Mapping):
        values = list(elements(request.interpreter, given).values)
        note_choice(request.interpreter, values, way, request.location, picks=True)
    return UNKNOWN


def measured(request: Request) -> Value:
    """A metric of scikit-learn on predictions: a score of the model that predicted."""
    given = (*request.args, *request.kwargs.values())
    found = next((value for value in given if isinstance(value, Predicted)), None)
    if found is not None:
        request.interpreter.trace.read_off(found, request.location)
        for labels in given:
            if isinstance(labels, Array):
                request.interpreter.trace.match(found, labels.facts, request.location)
    if found is None or "matrix" in request.kind or "report" in request.kind or "curve" in request.kind:
        return UNKNOWN
    return Score(found.model.fits, found.role, request.kind, None, found.model)


def statistic_of(request: Request, array: Array, stat: Stat) -> Value:
    """A statistic of an array.

    The largest value is taken for known where the range is: among thousands of images some pixel has it.
    """
    facts = array.facts
    value = facts.high if stat == "max" else facts.low if stat == "min" else None
    if facts.kind == "labels" and stat in ("max", "min"):
        return UNKNOWN if value is None or facts.opaque else Const(int(value) if value == int(value) else value)
    return Number(stat, facts, value, request.location, request.words())


def mean(request: Request) -> Value:
    """A mean or a deviation: of an array a statistic, of scores a score, of right and wrong answers an accuracy."""
    value = request.first()
    spread = request.kind in ("std", "var", "reduce_std", "nanstd")
    if isinstance(value, Array):
        return statistic_of(request, value, "std" if spread else "mean")
    if isinstance(value, Predicted):
        return predicted_score(value)
    if spread:
        return UNKNOWN
    return mean_along(value, whole_of(request.get(1, "axis"))) if isinstance(value, Items) else averaged(value)


def extreme(request: Request) -> Value:
    """The largest or smallest: of an array a statistic, of scores a choice."""
    value = request.first()
    if isinstance(value, Array):
        return statistic_of(request, value, "min" if "min" in request.kind else "max")
    if isinstance(value, Predicted):
        return request.interpreter.trace.read_off(value, request.location)
    return best(request)


def _several_best(request: Request) -> Value:
    """`heapq.nlargest(3, scores)`: scores put in order."""
    given = request.get(1, "iterable")
    if given is not None:
        note_order(request, tuple(elements(request.interpreter, given).values), request.get(2, "key"))
    return UNKNOWN


def total(request: Request) -> Value:
    """A sum of scores, or of right and wrong answers."""
    value = request.first()
    return averaged(value) if isinstance(value, Predicted | Items | Score) else UNKNOWN


NAMES: Table = table(
    (_several_best, "heapq.nlargest heapq.nsmallest"),
    (measured, "tensorflow.math.confusion_matrix"),
    (best, "max min"),
)
