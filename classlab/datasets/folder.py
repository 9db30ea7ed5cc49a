"""A folder or zip archive of pictures: class folders or a table of labels, perhaps a folder for each split."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.assembly import Content, split_of
from classlab.datasets.class_choice import choose_classes
from classlab.datasets.class_folders import class_folders
from classlab.datasets.file_tree import folder_tree
from classlab.datasets.left_out import in_utf8, some
from classlab.datasets.picture_labels import by_given_table, labelled_files
from classlab.datasets.picture_remarks import picture_remarks
from classlab.datasets.picture_set import PictureSet
from classlab.datasets.picture_sizing import Sizing, sizing_for
from classlab.datasets.safe_read.picture import FORMAT_WORDS
from classlab.datasets.safe_read.zip_tree import zip_tree
from classlab.datasets.split_folders import Parts, is_picture_name, split_parts
from classlab.errors import DataError
from classlab.records.picture_reading import PictureReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.dataset import Split
    from classlab.datasets.file_tree import FileTree
    from classlab.datasets.labelled_files import LabelledFiles
    from classlab.datasets.picture_set import LabelledPicture
    from classlab.options.words import Fit
    from classlab.records.preparation import Preparation

# Endings of files of arrays and tables, which are read where they lie in a folder.
_READ_UNPACKED = (".npz", ".npy", ".csv", ".tsv", ".parquet", ".h5", ".hdf5", ".mat", ".gz", "-ubyte")


def read_folder(
    root: Path,
    *,
    size: tuple[int, int] | None = None,
    fit: Fit = "stretch",
    preparation: Preparation | None = None,
    reading: PictureReading | None = None,
    labels: str | None = None,
    table: str | None = None,
    say: Callable[[str], None] | None = None,
) -> Content:
    """Reads pictures from class folders or by a table of labels.

    Labels follow the class names in alphabetical order, as in Keras; names that are all whole numbers go by their
    value. Hidden files and folders, and what systems leave behind, are passed over. Files that are not readable
    pictures are counted in the notes and listed with their reasons.

    Args:
        root: the folder, or a zip archive of it, which is not unpacked to disk.
        size: `(height, width)` to bring every picture to, or None to demand one size.
        fit: how, where a picture has other proportions.
        preparation: in place of both, what was done to earlier pictures.
        reading: how deep and transparent pictures are read, as earlier pictures were; found from the pictures where
            left out.
        labels: the column of a table that holds the classes; found by its name where left out.
        table: the name of a file in the folder, where the user gave that table of labels and not the folder.
        say: takes progress as sentences.

    Raises:
        DataError: no classes, no pictures, different sizes, names that cannot be told apart, too much, or an archive
            that is damaged, unsafe or holds other things.
        StorageError: a file or folder cannot be read.
    """
    given = reading or PictureReading()
    with ExitStack() as opened:
        tree = folder_tree(root) if root.is_dir() else _checked(opened.enter_context(zip_tree(root)))
        if table is None:
            parts = split_parts(tree.top, tree.where)
            labelled = labelled_files(tree, parts, column=labels)
        else:
            parts = Parts(top=tree.top, folders={"train": tree.top}, notes=())
            labelled = by_given_table(tree, parts, table, column=labels)
        return content_of(
            tree, labelled, size=size, fit=fit, preparation=preparation, reading=given, notes=parts.notes, say=say
        )


def content_of(
    tree: FileTree,
    labelled: LabelledFiles,
    *,
    size: tuple[int, int] | None,
    fit: Fit,
    preparation: Preparation | None,
    reading: PictureReading,
    notes: tuple[str, ...] = (),
    say: Callable[[str], None] | None = None,
) -> Content:
    """Reads pictures whose classes are known, and tells what they are and what was left out.

    Args:
        tree: where they lie.
        labelled: which they are.
        size: as of `read_folder`, and so are the next three.
        fit: how, where a picture has other proportions.
        preparation: in place of both.
        reading: how deep and transparent pictures are read, where that is known.
        notes: remarks on how they were found, each a sentence.
        say: takes progress as sentences.

    Raises:
        DataError: no pictures, different sizes, or too much.
        StorageError: they are too many to be held, and the file for them cannot be written.
    """
    if say:
        classes = len(labelled.class_names)
        say(f"Reading pictures of {classes:,} class{'es' * (classes != 1)} in {tree.where}.")
    if preparation is None:
        files = [file for file, _ in labelled.splits["train"]]
        sizing = sizing_for(tree, files, size=size, fit=fit, reading=reading)
    else:
        sizing = Sizing(preparation=preparation, settled=True)
    pictures = PictureSet(tree=tree, sizing=sizing, given=reading)
    splits = {kind: pictures.read(files) for kind, files in labelled.splits.items()}
    if not any(splits.values()):
        raise _nothing_read(pictures)
    choice = choose_classes(splits, labelled.class_names, tree.where, ordered=labelled.ordered)
    found = pictures.settle([one for read in splits.values() for one in read])
    labels = {name: label for label, name in enumerate(choice.names)}
    known = {kind: [one for one in read if one.class_name in labels] for kind, read in splits.items()}
    channels = sizing.channels(max((one.shape[2] for read in known.values() for one in read), default=1))
    stacked = {kind: _split(pictures, read, labels, channels) for kind, read in known.items()}
    return Content(
        train=stacked["train"],
        test=_unless_empty(stacked.get("test")),
        validation=_unless_empty(stacked.get("validation")),
        class_names=choice.names,
        source=tree.clause,
        notes=(*notes, *labelled.notes, *choice.notes, *picture_remarks(pictures, found)),
        left_out=(*pictures.unreadable, *labelled.left_out, *choice.left_out),
        reading=found,
        preparation=sizing.with_channels(channels),
    )


def _checked(tree: FileTree) -> FileTree:
    files = list(tree.top.all_files())
    if not any(map(is_picture_name, files)) and len(class_folders(tree.top)) < 2:
        raise DataError(
            f"a zip archive must hold pictures in class folders, but {tree.where} holds {some(files) or 'no files'}. "
            + _unpacking(tree.where, files)
        )
    return tree


def _unpacking(where: str, files: list[str]) -> str:
    """What makes the files of an archive a dataset."""
    if not any(file.lower().endswith(_READ_UNPACKED) for file in files):
        return "Unpack it, and give what holds the images."
    folders = [file.split("/")[:-1] for file in files]
    common = [each[0] for each in takewhile(lambda each: len(set(each)) == 1, zip(*folders, strict=False))]
    into = Path(where).with_suffix("")
    into = into.with_name(f"{into.name}-unpacked") if into.exists() else into
    command = shlex.join(["python", "-m", "zipfile", "-e", where, str(into)])
    return f"Unpack it with `{command}`, and give {into.joinpath(*common)}."


def _nothing_read(pictures: PictureSet) -> DataError:
    sentence = (
        f"{pictures.tree.where} holds no readable picture of a class. Put {FORMAT_WORDS} files into its "
        f"{pictures.tree.holders}."
    )
    if not pictures.unreadable:
        return DataError(sentence)
    first, more = pictures.unreadable[0], len(pictures.unreadable) - 1
    others = f" {more:,} file{'s' * (more > 1)} more {'are' if more > 1 else 'is'} not readable." if more else ""
    return DataError(f"{sentence} Not readable: {first.path} {first.reason}{others}")


def _split(pictures: PictureSet, read: list[LabelledPicture], labels: dict[str, int], channels: int) -> Split:
    numbers = np.array([labels[one.class_name] for one in read], np.int64)
    return replace(split_of(pictures.images(read, channels), numbers), files=tuple(in_utf8(one.file) for one in read))


def _unless_empty(split: Split | None) -> Split | None:
    return split if split is not None and len(split) else None
