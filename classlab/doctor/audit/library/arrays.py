"""Arrays: loading, copying, casting, reshaping, joining, picking rows."""

from __future__ import annotations

import ast
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.facts import Facts, Kind, clipped, hidden, scaled, shifted, two_valued
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.layers import merged, obscured
from classlab.doctor.audit.layout import reshaped
from classlab.doctor.audit.operations import combined
from classlab.doctor.audit.rows import FOREIGN, Fragment, Part, Selection, Somehow, SplitName, narrow
from classlab.doctor.audit.trainings import Predicted, Score
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Chooser,
    Const,
    Foreign,
    Items,
    Place,
    SymbolicTensor,
    Value,
    number_of,
    text_of,
    whole_of,
)
from classlab.doctor.audit.words import words_of

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table


INDEX = "row numbers"


def one_row(array: Array) -> Array:
    """One of an array's rows: the same values, one axis less."""
    facts = array.facts
    shape = facts.shape[1:] if facts.shape else None
    return Array(replace(facts, shape=shape, rows=narrow(facts.rows, Part(("row",), -1))))


def picked(array: Array, chooser: Chooser) -> Array:
    """The rows that a mask or a permutation picks."""
    facts = array.facts
    rows = facts.rows
    for selection in chooser.selections:
        rows = narrow(rows, selection)
    order = facts.order if chooser.order is None else (*facts.order, chooser.order)
    shape = (None, *facts.shape[1:]) if facts.shape else None
    masked = chooser.other is not None and facts.kind == "labels"
    return Array(
        replace(
            facts,
            rows=rows,
            order=order,
            arranged=chooser.arranges or ("" if chooser.order is not None else facts.arranged),
            shape=shape,
            classes=None if masked else facts.classes,
            high=None if masked else facts.high,
            low=None if masked else facts.low,
        )
    )


def by_numbers(array: Array, numbers: Facts) -> Array:
    """The rows whose numbers stand in an array of row numbers."""
    facts = array.facts
    rows = facts.rows
    for selection in numbers.rows[0].selections if len(numbers.rows) == 1 else (Somehow(),):
        rows = narrow(rows, selection)
    shape = (None, *facts.shape[1:]) if facts.shape else None
    return Array(replace(facts, rows=rows, order=(*facts.order, *numbers.order), shape=shape))


def cut(array: Array, selection: Selection, length: int | None = None) -> Array:
    """The rows of a slice."""
    facts = array.facts
    shape = (length, *facts.shape[1:]) if facts.shape else None
    return Array(replace(facts, rows=narrow(facts.rows, selection), shape=shape))


def stored(made: CallResult, key: str) -> Array:
    """An array of an archive; its key says what it is, as in Keras's own `x_train`."""
    words = words_of(key)
    split: SplitName = "test" if "test" in words else "train" if "train" in words else "all"
    kind: Kind = "labels" if {"y", "labels", "label", "targets"} & set(words) else "unknown"
    if {"x", "images", "image"} & set(words):
        kind = "images"
    return Array(Facts(kind=kind, rows=(Fragment(id(made), split),), origin=made.location))


def _unchanged(request: Request) -> Value:
    value = request.first()
    if isinstance(value, Array):
        return Array(value.facts)
    gathered = _gathered(request, value) if isinstance(value, Items) else None
    if gathered is not None:
        return gathered
    if isinstance(value, Items | Const | Chooser | Foreign | Score | Predicted | SymbolicTensor):
        return value
    return UNKNOWN


def _gathered(request: Request, items: Items) -> Array | None:
    """An array of what a list gathered: images that are alike, or class numbers that stand class by class."""
    inside = items.items
    rows = (Fragment((FOREIGN, ("a list", request.interpreter.mark())), "all"),)
    arrays = [each for each in inside if isinstance(each, Array)]
    if arrays and len(arrays) == len(inside):
        first = replace(arrays[0].facts, rows=rows, shape=None, origin=request.location, name="")
        alike = all(
            replace(each.facts, rows=rows, shape=None, origin=request.location, name="") == first for each in arrays
        )
        return Array(first) if alike and first.kind == "images" else None
    numbers = [whole_of(each) for each in inside]
    numbering = next((each.numbering for each in inside if isinstance(each, Place)), None)
    known = [number for number in numbers if number is not None]
    in_order = len(known) == len(inside) and known == sorted(known) and 1 < len(set(known)) < len(known)
    if not in_order and numbering is None:
        return None
    facts = Facts(kind="labels", rows=rows, origin=request.location, one_hot=False, whole_numbers=True)
    return Array(replace(facts, arranged="by class" if in_order else "", numbering=numbering))


def _other_tensor(request: Request) -> Value:
    value = request.first()
    if isinstance(value, SymbolicTensor):
        return obscured(value, request.location)
    return UNKNOWN


def _reordered(request: Request) -> Value:
    """Axes moved: the values stay, which axis is which is no longer followed."""
    array = request.array()
    if array is None:
        return _other_tensor(request)
    facts = replace(array.facts, shape=None)
    if request.kind.startswith("random_"):
        facts = replace(facts, augmented=(*facts.augmented, (request.kind, request.location)))
    return Array(facts)


def _reshape(request: Request) -> Value:
    array = request.array()
    if array is None:
        value = request.first()
        return value if isinstance(value, SymbolicTensor | Predicted) else UNKNOWN
    return reshaped(request.interpreter, array, request.args[1:] or tuple(request.kwargs.values())[:1], request.node)


def _expanded(request: Request) -> Value:
    array = request.array()
    if array is None:
        value = request.first()
        return value if isinstance(value, SymbolicTensor) else UNKNOWN
    axis = whole_of(request.get(1, "axis"))
    shape = array.facts.shape
    return Array(replace(array.facts, shape=(*shape, 1) if shape and axis == -1 else None))


def _joined(request: Request) -> Value:
    """Arrays put together: the rows of all of them."""
    given = request.first()
    if not isinstance(given, Items):
        return UNKNOWN
    parts = given.items
    arrays = [array for part in parts if (array := as_array(part)) is not None]
    tensors = [part for part in parts if isinstance(part, SymbolicTensor)]
    if tensors:
        return merged(tensors, request.location)
    same_rows = len({(array.facts.rows, array.facts.order) for array in arrays}) == 1  # batches of one stream
    if len(arrays) != len(parts) or not arrays or (given.open and not same_rows):
        return UNKNOWN
    axis = whole_of(request.get(1, "axis"))
    along_rows = request.kind in ("vstack", "concatenate", "concat", "append") and axis in (None, 0)
    first = arrays[0].facts
    if not along_rows:  # as channels: one image three times over keeps its values
        alike = all(replace(array.facts, shape=None) == replace(first, shape=None) for array in arrays)
        return Array(replace(first, shape=None) if alike else hidden(first))
    rows = tuple(dict.fromkeys(fragment for array in arrays for fragment in array.facts.rows))
    same = all(
        replace(array.facts, rows=(), shape=None, declared="unknown", order=(), arranged="")
        == replace(first, rows=(), shape=None, declared="unknown", order=(), arranged="")
        for array in arrays
    )
    facts = first if same else replace(hidden(first), steps=(), order=())
    by_class = len(arrays) > 1 and all(array.facts.arranged == "one class" for array in arrays)
    facts = replace(facts, arranged="by class" if by_class else "")
    return Array(replace(facts, rows=rows, declared="unknown", shape=None))


def _arithmetic(request: Request) -> Value:
    op: ast.operator = _OPERATORS[request.kind]()
    if len(request.args) < 2:
        return UNKNOWN
    out = request.kwargs.get("out")
    result = combined(request.interpreter, op, request.args[0], request.args[1], request.node)
    if isinstance(out, Array) and isinstance(result, Array):
        request.interpreter.put(out, "facts", result.facts)
    return result


def _loaded(request: Request) -> Value:
    """`np.load` of an archive is a table of arrays; of a single file it is one array of unknown rows."""
    path = text_of(request.get(0, "file"))
    if path is not None and path.endswith(".npy"):
        return Array(Facts(rows=(Fragment((FOREIGN, (request.name, path)), "all"),), origin=request.location))
    return CallResult("numpy.load", request.args, request.kwargs, request.location)


def _counted(request: Request) -> Value:
    """`np.arange(n)`: the numbers of the rows, in order, which may be shuffled, split and used to pick rows."""
    return Array(Facts(rows=(Fragment(INDEX, "all"),), origin=request.location, name=INDEX))


def _interpolated(request: Request) -> Value:
    """`np.interp(x, [0, 255], [0, 1])`: a scaling between two pairs of ends."""
    array = request.array()
    if array is None:
        return UNKNOWN
    given = [value.items if isinstance(value, Items) else () for value in request.args[1:3]]
    ends = [number_of(value) for values in given for value in values]
    if len(ends) != 4 or None in ends:
        return Array(hidden(array.facts))
    low, high, first, last = (float(end or 0.0) for end in ends)
    if high == low:
        return Array(hidden(array.facts))
    factor = (last - first) / (high - low)
    moved = shifted(array.facts, -low, request.location, request.words())
    return Array(
        shifted(scaled(moved, factor, request.location, request.words()), first, request.location, request.words())
    )


def _filled(request: Request) -> Value:
    """`np.zeros((2, 3))`: places for a few numbers to come; a larger one is an array of nobody's data."""
    given = request.get(0, "shape")
    sides = [whole_of(each) for each in (given.items if isinstance(given, Items) else (given,))]
    if not 1 <= len(sides) <= 2 or None in sides or not 0 < prod(side or 0 for side in sides) <= bounds.UNROLLED:
        return CallResult(request.name, request.args, request.kwargs, request.location)
    down, across = (sides[0] or 0, sides[1]) if len(sides) == 2 else (0, sides[0])
    if not down:
        return Items((UNKNOWN,) * (across or 0), "list")
    return Items(tuple(Items((UNKNOWN,) * (across or 0), "list") for _ in range(down)), "list")


def _clipped(request: Request) -> Value:
    array = request.array()
    if array is None:
        return _other_tensor(request)
    return cut_off(request, array.facts, request.args[1:])


def cut_off(request: Request, facts: Facts, ends: tuple[Value, ...]) -> Array:
    """`np.clip(x, 0, 1)` and `x.clip(0, 1)`, whatever the library calls the two ends."""
    given = [ends[place] if place < len(ends) else None for place in (0, 1)]
    for place, words in enumerate((("a_min", "min", "x_min", "lower"), ("a_max", "max", "x_max", "upper"))):
        named = [value for word, value in request.kwargs.items() if word.removeprefix("clip_value_") in words]
        given[place] = named[0] if named else given[place]
    if any(each is not None and each != NONE and number_of(each) is None for each in given):
        return Array(hidden(facts))
    low, high = (number_of(each) for each in given)
    return Array(clipped(facts, low, high, request.location, request.words()))


def _chosen(request: Request) -> Value:
    """`np.where(x > 127, 1, 0)`: a picture of two numbers."""
    mask, low, high = request.first(), number_of(request.get(2, "y")), number_of(request.get(1, "x"))
    if not isinstance(mask, Chooser) or mask.pixels is None or low is None or high is None or low >= high:
        return UNKNOWN
    return Array(two_valued(mask.pixels, low, high, request.location, request.words()))


_OPERATORS: dict[str, type[ast.operator]] = {
    "divide": ast.Div,
    "true_divide": ast.Div,
    "multiply": ast.Mult,
    "subtract": ast.Sub,
    "add": ast.Add,
}
_SAME = (
    "asarray", "array", "copy", "ascontiguousarray", "asanyarray", "float32", "float64", "convert_to_tensor",
    "constant",
    "Variable", "cast", "from_numpy", "tensor", "identity", "as_tensor", "stop_gradient", "ensure_shape",
)  # fmt: skip
_MOVED = (
    "transpose",
    "moveaxis",
    "swapaxes",
    "rot90",
    "flip",
    "fliplr",
    "rollaxis",
    "permute",
    "repeat",
    "tile",
    "pad",
    "squeeze",
    "ravel",
)

NAMES: Table = {
    **{
        f"{lib}.{name}": _unchanged
        for lib in ("numpy", "tensorflow", "keras.ops", "keras.backend", "torch", "jax.numpy")
        for name in _SAME
    },
    **{
        f"{lib}.{name}": _reordered
        for lib in ("numpy", "tensorflow", "keras.ops", "jax.numpy", "torch")
        for name in _MOVED
    },
    **{f"{lib}.reshape": _reshape for lib in ("numpy", "tensorflow", "keras.ops", "jax.numpy", "torch")},
    **{f"{lib}.expand_dims": _expanded for lib in ("numpy", "tensorflow", "keras.ops", "keras.backend", "jax.numpy")},
    **{
        f"{lib}.{name}": _joined
        for lib in ("numpy", "tensorflow", "keras.ops", "jax.numpy", "torch")
        for name in ("concatenate", "vstack", "concat", "stack", "hstack", "append", "dstack")
    },
    **{
        f"{lib}.{name}": _arithmetic
        for lib in ("numpy", "tensorflow", "tensorflow.math", "keras.ops", "jax.numpy", "torch")
        for name in _OPERATORS
    },
    **{
        f"tensorflow.image.{name}": _reordered
        for name in (
            "resize",
            "grayscale_to_rgb",
            "resize_with_pad",
            "flip_left_right",
            "random_flip_left_right",
            "random_crop",
            "resize_with_crop_or_pad",
            "central_crop",
            "random_flip_up_down",
            "random_brightness",
            "random_contrast",
            "rot90",
            "transpose",
        )
    },
    "keras.ops.image.resize": _reordered,
    "numpy.arange": _counted,
    **dict.fromkeys(
        (
            "numpy.clip",
            "jax.numpy.clip",
            "keras.ops.clip",
            "keras.backend.clip",
            "tensorflow.clip_by_value",
            "tensorflow.keras.backend.clip",
            "torch.clip",
            "torch.clamp",
        ),
        _clipped,
    ),
    "numpy.interp": _interpolated,
    "numpy.zeros": _filled,
    "numpy.empty": _filled,
    "numpy.load": _loaded,
    "numpy.where": _chosen,
    "tensorflow.where": _chosen,
}
