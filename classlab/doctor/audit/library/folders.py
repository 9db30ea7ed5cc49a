"""Images in folders: `image_dataset_from_directory`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.facts import DatasetRole, Facts
from classlab.doctor.audit.rows import Fragment, Part, Rows, SplitName
from classlab.doctor.audit.values import NONE, Array, Const, Items, Stream, Value, text_of

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table

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
            _stream(request, (row.narrowed(Part(both, 0)),), declared),
            _stream(request, (row.narrowed(Part(both, 1)),), "validation"),
        )
        return Items(halves, "tuple")
    return _stream(request, (row,), declared)


def _stream(request: Request, rows: Rows, declared: DatasetRole) -> Stream:
    images = Facts(kind="images", rows=rows, low=0.0, high=255.0, declared=declared, origin=request.location)
    mode = request.kwargs.get("label_mode", Const("int"))
    shuffled = request.location if request.kwargs.get("shuffle", Const(True)) == Const(True) else None
    if request.kwargs.get("labels") == NONE or mode == NONE:
        return Stream(Array(images), shuffled)
    form = {"int": False, "categorical": True}.get(text_of(mode) or "")
    labels = replace(images, kind="labels", low=None, high=None, one_hot=form)
    return Stream(Items((Array(images), Array(labels)), "tuple"), shuffled)


NAMES: Table = {"keras.utils.image_dataset_from_directory": _folder}
