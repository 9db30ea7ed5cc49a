"""What functions of arrays do to the values, the rows and the axes of the array that they are given."""

from __future__ import annotations

import ast
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.array_arithmetic import reshaped
from classlab.doctor.audit.facts import Facts, clipped, hidden, scaled, shifted, stepped, truncated, two_valued
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.library.containers import flattened
from classlab.doctor.audit.library.picking import INDEX
from classlab.doctor.audit.operations import combined
from classlab.doctor.audit.rows import FOREIGN, Fragment, Somehow, narrow
from classlab.doctor.audit.trainings import Predicted, Score
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    Chooser,
    Const,
    Foreign,
    Items,
    Place,
    Symbol,
    Value,
    number_of,
    text_of,
    whole_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.doctor.audit.library.request import Handler, Request

OPERATORS: dict[str, type[ast.operator]] = {
    "divide": ast.Div, "true_divide": ast.Div, "multiply": ast.Mult, "subtract": ast.Sub, "add": ast.Add,
}  # fmt: skip


def effect(change: Callable[[Request, Facts], Facts | None]) -> Handler:
    """A function that changes what is known of an array, and leaves predictions and scores what they are.

    Args:
        change: what is known afterwards; None where that is nothing.
    """

    def handler(request: Request) -> Value:
        array = request.array()
        if array is None:
            return _in_other_axes(request.first())
        facts = change(request, array.facts)
        return UNKNOWN if facts is None else Array(facts)

    return handler


def _in_other_axes(value: Value) -> Value:
    """Predictions and scores stay what they are, but the first axis of predictions may be images no more."""
    if isinstance(value, Predicted):
        return replace(value, row=True)
    return value if isinstance(value, Score) else UNKNOWN


def moved(request: Request, facts: Facts) -> Facts:
    """Axes moved, images resized: the values stay, which axis is which is no longer followed."""
    column = request.kind in ("flatten", "ravel", "squeeze") and facts.kind == "labels" and facts.shape
    return replace(facts, shape=facts.shape[:1] if column and facts.shape and request.method else None)


def transposed(request: Request, facts: Facts) -> Facts:
    """`np.transpose(x, (0, 3, 1, 2))`, `np.moveaxis(x, -1, 1)`: the same axes in another order, where it is given."""
    given = request.get(1, "axes", "perm")
    wanted = given.items if isinstance(given, Items) else request.args[1:]
    places = [whole_of(each) for each in wanted]
    count = len(facts.shape or ())
    if facts.shape is None or None in places or not places or max(abs(each or 0) for each in places) > count:
        return moved(request, facts)
    axes = [(each or 0) % count for each in places]
    if request.kind == "moveaxis" and len(axes) == 2:
        rest = [each for each in range(count) if each != axes[0]]
        axes = [*rest[: axes[1]], axes[0], *rest[axes[1] :]]
    if sorted(axes) != list(range(count)):
        return moved(request, facts)
    return replace(facts, shape=tuple(facts.shape[each] for each in axes))


def augmented(request: Request, facts: Facts) -> Facts:
    """A random change of every image."""
    return replace(facts, shape=None, augmented=(*facts.augmented, (request.kind, request.location)))


def selected(_request: Request, facts: Facts) -> Facts:
    """Some of the rows."""
    return replace(facts, rows=narrow(facts.rows, Somehow()), shape=None)


def inverted(request: Request, facts: Facts) -> Facts | None:
    """255 minus every value."""
    if facts.high != 255:
        return None
    words = request.words()
    return shifted(scaled(facts, -1.0, request.location, words), 255.0, request.location, words)


def normalized(request: Request, facts: Facts) -> Facts:
    """Every row to length 1, whatever it was multiplied by before."""
    return stepped(facts, "normalise", request.location, request.words(), ends=(-1.0, 1.0))


def converted(request: Request, facts: Facts) -> Facts:
    """`tf.image.convert_image_dtype(x, tf.float32)` divides whole numbers by 255 and leaves fractions alone."""
    pixels = facts.high is not None and facts.high > 1 and not any(step.factor != 1 for step in facts.steps)
    fractions = facts.whole_numbers is False or not pixels
    return facts if fractions else scaled(facts, 1 / 255, request.location, request.words())


def expanded(request: Request, facts: Facts) -> Facts:
    """A new axis of length 1, followed where it is the last."""
    last = whole_of(request.get(1, "axis")) == -1
    return replace(facts, shape=(*facts.shape, 1) if facts.shape and last else None)


def interpolated(request: Request, facts: Facts) -> Facts:
    """`np.interp(x, [0, 255], [0, 1])`: a scaling between two pairs of ends."""
    ends = [number_of(each) for value in request.args[1:3] if isinstance(value, Items) for each in value.items]
    if len(ends) != 4 or None in ends or ends[0] == ends[1]:
        return hidden(facts)
    low, high, first, last = (float(end or 0.0) for end in ends)
    location, words = request.location, request.words()
    from_zero = scaled(shifted(facts, -low, location, words), (last - first) / (high - low), location, words)
    return shifted(from_zero, first, location, words)


def cut_off(request: Request, facts: Facts) -> Facts:
    """`np.clip(x, 0, 1)` and `x.clip(0, 1)`, whatever the library calls the two ends."""
    ends = [request.get(1), request.get(2)]
    for place, words in enumerate((("a_min", "min", "x_min", "lower"), ("a_max", "max", "x_max", "upper"))):
        named = [value for word, value in request.kwargs.items() if word.removeprefix("clip_value_") in words]
        ends[place] = named[0] if named else ends[place]
    if any(each is not None and each != NONE and number_of(each) is None for each in ends):
        return hidden(facts)
    low, high = (number_of(each) for each in ends)
    return clipped(facts, low, high, request.location, request.words())


def kept(request: Request) -> Value:
    """Copies and conversions, which leave everything as it is; of a list an array, where that is known."""
    value = request.first()
    if isinstance(value, Array):
        return Array(value.facts)
    gathered = _gathered(request, value) if isinstance(value, Items) else None
    if gathered is not None:
        return gathered
    return value if isinstance(value, Items | Const | Chooser | Foreign | Score | Predicted) else UNKNOWN


def cast(request: Request) -> Value:
    """Numbers of another type: as floats they are no whole numbers to later conversions."""
    value, wanted = request.first(), request.get(1, "dtype")
    text = wanted.name if isinstance(wanted, Symbol) else text_of(wanted) or ""
    if isinstance(value, Array) and "float" in text:
        return value.but(whole_numbers=False)
    if isinstance(value, Array) and "int" in text:
        return Array(truncated(value.facts, request.location, request.words()))
    return kept(request)


def _gathered(request: Request, items: Items) -> Array | None:
    """An array of what a list gathered: images that are alike, or class numbers that stand class by class."""
    rows = (Fragment((FOREIGN, ("a list", request.interpreter.mark())), "all"),)
    arrays = [each for each in items.items if isinstance(each, Array)]
    if arrays and len(arrays) == len(items.items):
        same = [replace(each.facts, rows=rows, shape=None, origin=request.location, name="") for each in arrays]
        alike = all(facts == same[0] for facts in same)
        return Array(same[0]) if alike and same[0].kind == "images" else None
    numbers = [whole_of(each) for each in items.items]
    numbering = next((each.numbering for each in items.items if isinstance(each, Place)), None)
    known = [number for number in numbers if number is not None]
    in_order = len(known) == len(numbers) and known == sorted(known) and 1 < len(set(known)) < len(known)
    if not in_order and numbering is None:
        return None
    facts = Facts(kind="labels", rows=rows, origin=request.location, one_hot=False, whole_numbers=True)
    return Array(replace(facts, arranged="by class" if in_order else "", numbering=numbering))


def in_another_shape(request: Request) -> Value:
    """`np.reshape(x, (28, 28))`, and `x.reshape(28, 28)`."""
    array = request.array()
    if array is None:
        return _in_other_axes(request.first())
    return reshaped(request.interpreter, array, request.args[1:] or tuple(request.kwargs.values())[:1], request.node)


def flat(request: Request) -> Value:
    """One axis: of an array, or of lists within a list."""
    value = request.first()
    return flattened(value) if isinstance(value, Items) else effect(moved)(request)


def joined(request: Request) -> Value:
    """Arrays put together: the rows of all of them."""
    given = request.first()
    parts = given.items if isinstance(given, Items) else request.args[:2] if request.kind == "append" else ()
    arrays = [array for part in parts if (array := as_array(part)) is not None]
    same_rows = len({(array.facts.rows, array.facts.order) for array in arrays}) == 1  # batches of one stream
    more = isinstance(given, Items) and given.open and not same_rows
    if len(arrays) != len(parts) or not arrays or more:
        return UNKNOWN
    along_rows = request.kind in ("vstack", "concatenate", "concat", "append")
    if along_rows and request.whole(1 + (request.kind == "append"), "axis") in (None, 0):
        return put_together(arrays)
    first = arrays[0].facts  # as channels: one image three times over keeps its values
    if any(_values(array.facts) != _values(first) for array in arrays):
        return Array(hidden(first))
    same = all((array.facts.rows, array.facts.order) == (first.rows, first.order) for array in arrays)
    return arrays[0].but(shape=None) if same else arrays[0].but(shape=None, rows=(), order=(), declared="unknown")


def put_together(arrays: Sequence[Array]) -> Array:
    """The rows of several arrays one after the other; their values are known where all were treated alike."""
    first = arrays[0].facts
    rows = tuple(dict.fromkeys(fragment for array in arrays for fragment in array.facts.rows))
    alike = all(_values(array.facts) == _values(first) for array in arrays)
    by_class = len(arrays) > 1 and all(array.facts.arranged == "one class" for array in arrays)
    facts = first if alike else replace(hidden(first), steps=(), order=())
    return Array(replace(facts, rows=rows, declared="unknown", shape=None, arranged="by class" if by_class else ""))


def _values(facts: Facts) -> tuple[object, ...]:
    """What is known of the values, whatever line they were prepared in."""
    steps = tuple((step.kind, step.factor) for step in facts.steps)
    others = replace(facts, rows=(), steps=(), shape=None, declared="unknown", order=(), arranged="", origin=None)
    return (steps, others)


def reckoned(request: Request) -> Value:
    """`np.divide(x, 255)`, with its result in `out` where that is given."""
    if len(request.args) < 2:
        return UNKNOWN
    op, out = OPERATORS[request.kind](), request.kwargs.get("out")
    result = combined(request.interpreter, op, request.args[0], request.args[1], request.node)
    if isinstance(out, Array) and isinstance(result, Array):
        request.interpreter.put(out, "facts", result.facts)
    return result


def changed_in_place(request: Request) -> Value:
    """`x.fill(0)`, `x.sort()`: nothing is known of the values afterwards."""
    value = request.first()
    if isinstance(value, Array):
        request.interpreter.put(value, "facts", replace(value.facts, opaque=True, low=None, high=None))
    return NONE


def chosen(request: Request) -> Value:
    """`np.where(x > 127, 1, 0)`: a picture of two numbers."""
    mask, low, high = request.first(), number_of(request.get(2, "y")), number_of(request.get(1, "x"))
    if not isinstance(mask, Chooser) or mask.pixels is None or low is None or high is None or low >= high:
        return UNKNOWN
    return Array(two_valued(mask.pixels, low, high, request.location, request.words()))


def loaded(request: Request) -> Value:
    """`np.load` of an archive is a table of arrays; of a single file it is one array of unknown rows."""
    path = text_of(request.get(0, "file"))
    if path is not None and path.endswith(".npy"):
        return Array(Facts(rows=(Fragment((FOREIGN, (request.name, path)), "all"),), origin=request.location))
    return request.made()


def counted(request: Request) -> Value:
    """`np.arange(n)`: the numbers of the rows, in order, which may be shuffled, split and used to pick rows."""
    return Array(Facts(rows=(Fragment(INDEX, "all"),), origin=request.location, name=INDEX))


def filled(request: Request) -> Value:
    """`np.zeros((2, 3))`: places for a few numbers to come; a larger one is an array of nobody's data."""
    given = request.get(0, "shape")
    sides = [whole_of(each) for each in (given.items if isinstance(given, Items) else (given,))]
    if not 1 <= len(sides) <= 2 or None in sides or not 0 < prod(side or 0 for side in sides) <= bounds.UNROLLED:
        return request.made()
    row = (UNKNOWN,) * (sides[-1] or 0)
    return Items(tuple(Items(row) for _ in range(sides[0] or 0)) if len(sides) == 2 else row)
