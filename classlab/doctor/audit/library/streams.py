"""Pipelines of data: `tf.data` and TensorFlow Datasets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.facts import Facts
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.iteration import changed
from classlab.doctor.audit.library.keras_data import IMAGE_SETS
from classlab.doctor.audit.library.subscripts import bound_key
from classlab.doctor.audit.rows import Cut, Fragment, Part, Selection, Somehow
from classlab.doctor.audit.values import UNKNOWN, Array, Const, Items, Mapping, Stream, Value, text_of, whole_of

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table

_SAME = (
    "batch",
    "prefetch",
    "cache",
    "repeat",
    "with_options",
    "ragged_batch",
    "apply",
    "as_numpy_iterator",
    "unbatch",
    "padded_batch",
)


def stream_method(request: Request, stream: Stream, name: str) -> Value:
    """What a method of a pipeline gives."""
    if name in _SAME:
        return stream
    if name == "map":
        return _mapped(request, stream)
    if name == "shuffle":
        fixed = request.kwargs.get("reshuffle_each_iteration") == Const(False) or len(request.args) > 2
        return stream if fixed else Stream(stream.element, request.location)
    if name in ("take", "skip"):
        return _part(request, stream, name)
    if name in ("filter", "shard", "concatenate", "enumerate", "window"):
        return changed(stream, lambda facts: replace(facts, rows=tuple(row.narrowed(Somehow()) for row in facts.rows)))
    return UNKNOWN


def _part(request: Request, stream: Stream, name: str) -> Value:
    number = whole_of(request.first())
    selection: Selection
    if number is not None:
        selection = Cut(0, number) if name == "take" else Cut(number, None)
    else:
        node = getattr(request.node, "args", [None])[0]
        selection = Part(("cut", bound_key(node)), 0 if name == "take" else 1)
    return changed(stream, lambda facts: replace(facts, rows=tuple(row.narrowed(selection) for row in facts.rows)))


def _mapped(request: Request, stream: Stream) -> Value:
    element = stream.element
    args = element.items if isinstance(element, Items) else (element,)
    return Stream(request.interpreter.call(request.first(), args, {}, request.node), stream.reshuffled)


def _from_arrays(request: Request) -> Value:
    return Stream(_rows_of(request.first()))


def _rows_of(value: Value) -> Value:
    """One element of a pipeline over arrays; it is treated as the arrays themselves, axis of rows and all."""
    if isinstance(value, Items):
        return Items(tuple(_rows_of(item) for item in value.items), "tuple")
    array = as_array(value)
    return Array(array.facts) if array is not None else value


def _zipped(request: Request) -> Value:
    given = request.args[0].items if request.args and isinstance(request.args[0], Items) else request.args
    if not all(isinstance(each, Stream) for each in given):
        return UNKNOWN
    return Stream(Items(tuple(each.element for each in given if isinstance(each, Stream)), "tuple"))


def _prepared_set(request: Request) -> Value:
    """`tfds.load(name, split=...)`: pixels from 0 to 255."""
    name = text_of(request.get(0, "name")) or ""
    known = IMAGE_SETS.get(name.partition(":")[0])
    source = ("tfds", name, request.interpreter.mark())
    supervised = request.kwargs.get("as_supervised") == Const(True)
    split = request.get(1, "split")

    def one(text: str | None) -> Value:
        return _stream(
            request, source, text, None if known is None else known[0], supervised=supervised, image=known is not None
        )

    result: Value
    if split is None:
        result = Mapping(tuple((Const(part), one(part)) for part in ("train", "test")), open=True)
    elif isinstance(split, Items):
        result = Items(tuple(one(text_of(part)) for part in split.items), "list", open=split.open)
    else:
        result = one(text_of(split))
    with_info = request.kwargs.get("with_info") == Const(True)
    return Items((result, UNKNOWN), "tuple") if with_info else result


def _stream(
    request: Request, source: object, split: str | None, classes: int | None, *, supervised: bool, image: bool
) -> Value:
    fragment = _split_rows(source, split)
    if fragment is None:
        return UNKNOWN
    high = 255.0 if image else None
    images = Array(
        Facts(
            kind="images" if image else "unknown",
            rows=(fragment,),
            low=0.0 if image else None,
            high=high,
            origin=request.location,
        )
    )
    labels = Array(Facts(kind="labels", rows=(fragment,), classes=classes, one_hot=False, origin=request.location))
    if supervised:
        return Stream(Items((images, labels), "tuple"))
    return Stream(Mapping(((Const("image"), images), (Const("label"), labels)), open=True))


def _split_rows(source: object, split: str | None) -> Fragment | None:
    """The rows that "train[:80%]" stands for."""
    if split is None:
        return None
    name, bracket, rest = split.partition("[")
    role = name if name in ("train", "test") else None
    if role is None:
        return Fragment((source, name), "all")
    fragment = Fragment(source, role)  # type: ignore[arg-type]
    if not bracket:
        return fragment
    low, colon, high = rest.rstrip("]").partition(":")
    if not colon:
        return fragment.narrowed(Somehow())
    ends = [_percent(end) for end in (low, high)]
    if "?" in ends:
        return fragment.narrowed(Somehow())
    return fragment.narrowed(Cut(ends[0], ends[1]))  # type: ignore[arg-type]


def _percent(text: str) -> int | str | None:
    """A bound in per cent; a count of rows is not compared with one."""
    text = text.strip()
    if not text:
        return None
    number = text.removesuffix("%")
    return int(number) if text.endswith("%") and number.lstrip("-").isdigit() else "?"


NAMES: Table = {
    "tensorflow.data.Dataset.from_tensor_slices": _from_arrays,
    "tensorflow.data.Dataset.zip": _zipped,
    "tensorflow_datasets.load": _prepared_set,
    "torch.utils.data.DataLoader": lambda _request: UNKNOWN,
}
