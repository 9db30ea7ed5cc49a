"""Pipelines of data: `tf.data`, TensorFlow Datasets, images in folders, `ImageDataGenerator`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.facts import DatasetRole, Facts, Fitted, hidden, scaled, stepped
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.iteration import changed
from classlab.doctor.audit.library.arrays import put_together
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.library.sources import IMAGE_SETS
from classlab.doctor.audit.library.subscripts import bound_key
from classlab.doctor.audit.rows import Cut, Fragment, Part, Rows, Selection, Somehow, SplitName, narrow
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Const,
    Items,
    Mapping,
    Stream,
    Value,
    number_of,
    text_of,
    whole_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table

# Methods by what they do to the rows: nothing, or something that is not followed.
_SAME = (
    "batch", "prefetch", "cache", "repeat", "with_options", "ragged_batch", "apply", "as_numpy_iterator", "unbatch",
    "padded_batch",
)  # fmt: skip
_SOMEHOW = ("filter", "shard", "concatenate", "enumerate", "window")


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
    other = request.first()
    if name == "concatenate" and isinstance(other, Stream):
        whole = _after_each_other(stream.element, other.element)
        return _narrowed(stream, Somehow()) if whole is None else Stream(whole, stream.reshuffled or other.reshuffled)
    return _narrowed(stream, Somehow()) if name in _SOMEHOW else UNKNOWN


def _after_each_other(one: Value, other: Value) -> Value | None:
    """An element of two pipelines one after the other, where both have elements of one form."""
    if isinstance(one, Array) and isinstance(other, Array):
        return put_together((one, other))
    if not isinstance(one, Items) or not isinstance(other, Items) or len(one.items) != len(other.items):
        return None
    parts = [_after_each_other(mine, theirs) for mine, theirs in zip(one.items, other.items, strict=True)]
    return None if None in parts else Items(tuple(part for part in parts if part is not None), "tuple")


def _narrowed(stream: Stream, selection: Selection) -> Stream:
    return changed(stream, lambda facts: replace(facts, rows=tuple(row.narrowed(selection) for row in facts.rows)))


def _part(request: Request, stream: Stream, name: str) -> Value:
    number, first = whole_of(request.first()), name == "take"
    if number is not None:
        return _narrowed(stream, Cut(0, number) if first else Cut(number, None))
    node = getattr(request.node, "args", [None])[0]
    return _narrowed(stream, Part(("cut", bound_key(node)), 0 if first else 1))


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
    name, split = request.text(0, "name") or "", request.get(1, "split")
    source = ("tfds", name, request.interpreter.mark())
    result: Value
    if split is None:
        both = ("train", "test")
        result = Mapping(tuple((Const(part), _stream(request, source, part)) for part in both), open=True)
    elif isinstance(split, Items):
        result = Items(tuple(_stream(request, source, text_of(part)) for part in split.items), open=split.open)
    else:
        result = _stream(request, source, text_of(split))
    return Items((result, UNKNOWN), "tuple") if request.says("with_info", True) else result


def _stream(request: Request, source: tuple[str, str, int], split: str | None) -> Value:
    fragment, known = _split_rows(source, split), IMAGE_SETS.get(source[1].partition(":")[0])
    if fragment is None:
        return UNKNOWN
    loaded = Facts(rows=(fragment,), origin=request.location)
    images = Array(loaded if known is None else replace(loaded, kind="images", low=0.0, high=255.0))
    labels = Array(replace(loaded, kind="labels", classes=known[0] if known else None, one_hot=False))
    if request.says("as_supervised", True):
        return Stream(Items((images, labels), "tuple"))
    return Stream(Mapping(((Const("image"), images), (Const("label"), labels)), open=True))


def _split_rows(source: object, split: str | None) -> Fragment | None:
    """The rows that "train[:80%]" stands for."""
    if split is None:
        return None
    name, bracket, rest = split.partition("[")
    if name not in ("train", "test"):
        return Fragment((source, name), "all")
    fragment = Fragment(source, name)  # type: ignore[arg-type]
    low, colon, high = rest.rstrip("]").partition(":")
    ends = [_percent(end) for end in (low, high)] if colon else ["?"]
    if "?" in ends:
        return fragment.narrowed(Somehow()) if bracket else fragment
    return fragment.narrowed(Cut(ends[0], ends[1]))  # type: ignore[arg-type]


def _percent(text: str) -> int | str | None:
    """A bound in per cent; a count of rows is not compared with one."""
    text = text.strip()
    if not text:
        return None
    number = text.removesuffix("%")
    return int(number) if text.endswith("%") and number.lstrip("-").isdigit() else "?"


_SPLITS: Final[dict[str, SplitName]] = {"train": "train", "training": "train", "test": "test"}
_VALIDATION: Final = ("val", "valid", "validation")


def folder_rows(request: Request) -> tuple[Fragment, DatasetRole]:
    """The rows of a folder, and what its name says that they are for."""
    path = text_of(request.get(0, "directory"))
    key = ("folder", path if path is not None else request.interpreter.mark())
    last = (path or "").replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
    return Fragment(key, _SPLITS.get(last, "all")), "validation" if last in _VALIDATION else "unknown"


def _folder(request: Request) -> Value:
    """Pixels from 0 to 255, labels as numbers unless asked for otherwise."""
    row, declared = folder_rows(request)
    subset, share, seed = (request.kwargs.get(word) for word in ("subset", "validation_split", "seed"))
    if share is not None and subset in (Const("training"), Const("validation")):
        known = isinstance(seed, Const) and isinstance(share, Const)
        split: object = ("split", seed, share) if known else request.interpreter.mark()
        row = row.narrowed(Part(split, 0 if subset == Const("training") else 1))
        declared = "validation" if subset == Const("validation") else declared
    if subset == Const("both"):
        both = ("both", request.interpreter.mark())
        halves = (
            _folder_stream(request, (row.narrowed(Part(both, 0)),), declared),
            _folder_stream(request, (row.narrowed(Part(both, 1)),), "validation"),
        )
        return Items(halves, "tuple")
    return _folder_stream(request, (row,), declared)


def _folder_stream(request: Request, rows: Rows, declared: DatasetRole) -> Stream:
    images = Facts(kind="images", rows=rows, low=0.0, high=255.0, declared=declared, origin=request.location)
    mode = request.kwargs.get("label_mode", Const("int"))
    shuffled = request.location if request.kwargs.get("shuffle", Const(True)) == Const(True) else None
    if request.kwargs.get("labels") == NONE or mode == NONE:
        return Stream(Array(images), shuffled)
    form = {"int": False, "categorical": True}.get(text_of(mode) or "")
    labels = replace(images, kind="labels", low=None, high=None, one_hot=form)
    return Stream(Items((Array(images), Array(labels)), "tuple"), shuffled)


_CHANGES = (
    "rotation_range", "width_shift_range", "height_shift_range", "brightness_range", "shear_range", "zoom_range",
    "channel_shift_range", "horizontal_flip", "vertical_flip",
)  # fmt: skip
_NO_CHANGE = (NONE, Const(False), Const(0), Const(0.0))
_STATISTICS = {"featurewise_center", "samplewise_center", "samplewise_std_normalization", "zca_whitening"}


def generator_method(request: Request, made: CallResult, name: str) -> Value:
    """What a method of a generator gives."""
    if name == "fit":
        array = request.array()
        if array is not None:
            fitted = Fitted(array.facts.rows, request.location, request.words(), array.facts.declared)
            request.interpreter.put(made, "fitted", fitted)
        return NONE
    pair = (
        _flow_from_arrays(request)
        if name == "flow"
        else _from_folder(request)
        if name.startswith("flow_from")
        else None
    )
    if pair is None:
        return UNKNOWN
    images, labels = (_subset(request, made, value) for value in pair)
    if not isinstance(images, Array):
        return UNKNOWN
    shuffled = request.kwargs.get("shuffle", Const(True)) == Const(True) and "?" not in request.kwargs
    element = Items((Array(_prepared(made, images.facts)), labels), "tuple")
    return Stream(element, request.location if shuffled else None)


def _flow_from_arrays(request: Request) -> tuple[Value, Value]:
    value, labels = request.get(0, "x"), request.get(1, "y")
    if isinstance(value, Items) and len(value.items) == 2:
        value, labels = value.items
    return as_array(value) or UNKNOWN, as_array(labels) or UNKNOWN


def _from_folder(request: Request) -> tuple[Value, Value]:
    row, declared = folder_rows(request)
    images = Facts(kind="images", rows=(row,), low=0.0, high=255.0, declared=declared, origin=request.location)
    mode = text_of(request.kwargs.get("class_mode", Const("categorical"))) or ""
    form = {"categorical": True, "sparse": False}.get(mode)
    return Array(images), Array(replace(images, kind="labels", low=None, high=None, one_hot=form))


def _subset(request: Request, made: CallResult, value: Value) -> Value:
    """`subset="training"` and `subset="validation"` of one share hold different rows."""
    subset = text_of(request.kwargs.get("subset"))
    if subset is None or not isinstance(value, Array):
        return value
    split = ("generator", made.kwargs.get("validation_split", made.location))
    facts = value.facts
    if subset == "validation":
        facts = replace(facts, declared="validation")
    return Array(replace(facts, rows=narrow(facts.rows, Part(split, 0 if subset == "training" else 1))))


def _prepared(made: CallResult, facts: Facts) -> Facts:
    given = tuple((name, made.location) for name in _CHANGES if made.kwargs.get(name, NONE) not in _NO_CHANGE)
    facts = replace(facts, augmented=(*facts.augmented, *given))
    if "preprocessing_function" in made.kwargs or "?" in made.kwargs:
        return hidden(facts)
    rescale = number_of(made.kwargs.get("rescale"))
    if rescale is None and made.kwargs.get("rescale", NONE) != NONE:
        return hidden(facts)
    if rescale:
        facts = scaled(facts, rescale, made.location, f"ImageDataGenerator(rescale={rescale:.4g})")
    if made.kwargs.get("featurewise_std_normalization") == Const(True):
        facts = stepped(facts, "standardise", made.location, "featurewise_std_normalization", ends=(-4.0, 4.0))
        fitted = made.fields.get("fitted")
        return replace(facts, fitted=(*facts.fitted, fitted)) if isinstance(fitted, Fitted) else facts
    return hidden(facts) if _STATISTICS & made.kwargs.keys() else facts


NAMES: Table = table(
    (_from_arrays, "tensorflow.data.Dataset.from_tensor_slices"),
    (_zipped, "tensorflow.data.Dataset.zip"),
    (_prepared_set, "tensorflow_datasets.load"),
    (_folder, "keras.utils.image_dataset_from_directory"),
    (lambda _request: UNKNOWN, "torch.utils.data.DataLoader"),
)
