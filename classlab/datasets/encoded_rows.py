"""Pictures in the rows of Parquet files, as data hubs keep them: read as the pictures of a folder are."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from classlab.datasets.array_choice import split_of
from classlab.datasets.file_tree import FileFolder, FileTree
from classlab.datasets.folder import content_of
from classlab.datasets.labelled_files import LabelledFiles, in_order
from classlab.datasets.left_out import LeftOut
from classlab.datasets.safe_read.parquet_pictures import PictureRows, picture_rows
from classlab.datasets.split_folders import KINDS
from classlab.datasets.tables import beside, listed, without_labels
from classlab.errors import DataError
from classlab.records.picture_reading import PictureReading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from classlab.datasets.assembly import Content
    from classlab.datasets.selection import Selection
    from classlab.datasets.split_folders import Kind
    from classlab.options.words import Fit
    from classlab.records.preparation import Preparation


def read_encoded_rows(
    path: Path,
    selection: Selection,
    *,
    size: tuple[int, int] | None,
    fit: Fit,
    preparation: Preparation | None,
    reading: PictureReading | None,
    say: Callable[[str], None] | None,
) -> Content:
    """Reads a file of encoded pictures, and the pieces and splits beside it.

    Args:
        path: the file.
        selection: the columns of images and labels, where the user says them.
        size: as of `read_folder`, and so are all others.
        fit: how, where a picture has other proportions.
        preparation: in place of both.
        reading: how deep and transparent pictures are read.
        say: takes progress as sentences.

    Raises:
        DataError: no labels, no pictures, different sizes, a damaged file, or too much.
        StorageError: a file cannot be read, or the file for many pictures cannot be written.
    """
    with ExitStack() as opened:
        files = beside(path)
        every = {file.name: opened.enter_context(picture_rows(file, selection.arrays)) for file in files}
        rows = {name: each for name, each in every.items() if each is not None}
        labelled = _labelled(path, rows)

        def read(picture: str, limit: int) -> bytes:
            name, _, row = picture.rpartition("/")
            try:
                return rows[name].content(int(row), limit)
            except DataError as problem:
                raise DataError(f"{named(picture)} {problem}") from None

        def named(picture: str) -> str:
            name, _, row = picture.rpartition("/")
            return f"row {row} of {path.with_name(name)}"

        together = f"the file {path}" if len(files) == 1 else f"{', '.join(rows)} in {path.parent}"
        tree = FileTree(
            where=str(path),
            clause=together,
            top=FileFolder(path="", files=(), folders=()),
            read=read,
            named=named,
            holders="rows",
        )
        return content_of(
            tree,
            labelled,
            size=size,
            fit=fit,
            preparation=preparation,
            reading=reading or PictureReading(),
            say=say,
        )


def _labelled(path: Path, rows: dict[str, PictureRows]) -> LabelledFiles:
    """The rows by split, each with the name of its class."""
    names = next((each.class_names for each in rows.values() if each.class_names), None)
    splits: dict[Kind, list[tuple[str, str]]] = {}
    left_out: list[LeftOut] = []
    notes = []
    for file, each in rows.items():
        if each.label is None:
            if file == path.name:
                raise without_labels(path, each.others)
            notes.append(f"{file} beside {path.name} has no labels and was not read.")
            continue
        said = split_of(file) if len(rows) > 1 else None
        split: Kind = next((kind for kind in KINDS if kind == said), "train")
        for place, label in enumerate(each.labels):
            if label is None:
                left_out.append(LeftOut(path=f"{file}/{place}", reason="has no label."))
            else:
                splits.setdefault(split, []).append((f"{file}/{place}", _name(label, names)))
    if "train" not in splits and splits:
        splits["train"] = splits.pop(next(iter(splits)))
    ignored = next(iter(rows.values())).others
    if ignored:
        were = "was" if len(ignored) == 1 else "were"
        notes.append(f"{path.name} also has {listed(ignored)}, which {were} not used.")
    found = {label for files in splits.values() for _, label in files}
    known = tuple(dict.fromkeys((*(names or ()), *in_order(found - set(names or ())))))
    return LabelledFiles(
        splits={"train": (), **{split: tuple(files) for split, files in splits.items()}},
        class_names=tuple(name for name in known if name in found),
        left_out=tuple(left_out),
        notes=tuple(notes),
        ordered=names is not None,
    )


def _name(label: object, names: tuple[str, ...] | None) -> str:
    """The name of a class, by its number where the file keeps names."""
    return names[label] if names and isinstance(label, int) and 0 <= label < len(names) else str(label)
