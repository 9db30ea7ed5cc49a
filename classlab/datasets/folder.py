"""A folder of pictures: `root/<class>/*`, or `root/train/<class>/*` beside `root/test/<class>/*`."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.datasets.assembly import Content, split_of
from classlab.datasets.preparation import border, fill_of, prepared, sized
from classlab.datasets.safe_read.limits import MAX_BYTES, amount
from classlab.datasets.safe_read.picture import read_picture
from classlab.errors import DataError, StorageError, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Split
    from classlab.options.words import Fit
    from classlab.records.preparation import Preparation

_NAMED = 5  # unreadable files named in a note; the rest are counted
_BORDERS = 50  # training pictures whose borders decide what is added to all: read twice, so only some are


@dataclass
class _Reading:
    """What is gathered while pictures are read."""

    preparation: Preparation | None
    settled: bool
    first: tuple[Path, tuple[int, ...]] | None = None
    colour: bool = False
    held: int = 0
    read: int = 0
    unreadable: list[str] = field(default_factory=list)
    subfolders: list[str] = field(default_factory=list)


def read_folder(
    root: Path,
    *,
    size: tuple[int, int] | None = None,
    fit: Fit = "stretch",
    preparation: Preparation | None = None,
    say: Callable[[str], None] | None = None,
) -> Content:
    """Reads pictures from class folders; labels follow the class names in alphabetical order, as in Keras.

    Hidden files and folders are passed over. Files that are not readable pictures are counted and named in the notes.

    Args:
        root: the folder.
        size: `(height, width)` to bring every picture to, or None to demand one size.
        fit: how, where a picture has other proportions.
        preparation: in place of both, what was done to earlier pictures.
        say: takes progress as sentences.

    Raises:
        DataError: no class folders, no images, different sizes, class names that differ only in case, too much.
        StorageError: a folder cannot be read.
    """
    from classlab.records.preparation import Preparation  # with pydantic, which other datasets do without

    train_root, test_root, notes = _parts(root)
    class_names, folders = _class_names(root, train_root, test_root)
    if say:
        say(f"Reading pictures of {len(class_names)} classes in {root}.")
    reading = _Reading(preparation=preparation, settled=preparation is not None)
    if preparation is None and size is not None:
        reading.preparation = Preparation(
            size=(size[0], size[1]), channels=3, fit=fit, fill=_fill(train_root, folders, fit)
        )
    train = _read(train_root, folders, reading)
    test = _read(test_root, folders, reading) if test_root else None
    if reading.first is None:
        raise DataError(
            f"{root} holds class folders but no readable picture. Put PNG, JPEG, BMP, GIF or WebP files into them."
            + (f" Not readable: {_some(reading.unreadable)}." if reading.unreadable else "")
        )
    channels: Literal[1, 3] = 3 if reading.colour else 1
    if reading.preparation is not None:
        channels = reading.preparation.channels if reading.settled else channels
        reading.preparation = replace(reading.preparation, channels=channels)
    return Content(
        train=_stack(train, channels),
        test=_stack(test, channels) if test is not None else None,
        class_names=class_names,
        source=f"the folder {root}",
        notes=(*notes, *_remarks(reading)),
        preparation=reading.preparation,
    )


def _fill(part: Path, folders: dict[str, int], fit: Fit) -> int | None:
    """The brightness of the training pictures' borders, which is added to pictures where their proportions ask for it.

    Evenly spaced over the classes, so that one class on another background does not decide for all.
    """
    if fit != "pad":
        return None
    files = [path for name in folders if (part / name).is_dir() for path in _entries(part / name) if path.is_file()]
    borders = []
    for place in range(min(len(files), _BORDERS)):
        with suppress(DataError, StorageError):  # what cannot be read is counted when all are read
            borders.append(border(read_picture(files[place * len(files) // min(len(files), _BORDERS)])))
    return fill_of(borders) if borders else None


def _parts(root: Path) -> tuple[Path, Path | None, list[str]]:
    folders = {path.name: path for path in _entries(root) if path.is_dir()}
    if "train" not in folders or not any(path.is_dir() for path in _entries(folders["train"])):
        return root, None, []
    others = sorted(set(folders) - {"train", "test"})
    notes = (
        [f"{root} also holds {_some(others)}, which {'was' if len(others) == 1 else 'were'} not read."]
        if others
        else []
    )
    return folders["train"], folders.get("test"), notes


def _class_names(root: Path, *parts: Path | None) -> tuple[tuple[str, ...], dict[str, int]]:
    found = {
        path.name for part in parts if part for path in _entries(part) if path.is_dir() and not _encloses(path, root)
    }
    if not found:
        raise DataError(
            f"{root} must hold one folder of pictures per class, but holds no folder. Sort the pictures into folders."
        )
    by_case: dict[str, str] = {}
    for name in sorted(found):
        other = by_case.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other != name:
            raise DataError(
                f"class names must differ in more than case or the encoding of accents, but {root} holds {other!r} "
                f"and {name!r}. Rename or merge the folders."
            )
    labels = {name: label for label, name in enumerate(sorted(found))}
    return tuple(unicodedata.normalize("NFC", name) for name in sorted(found)), labels


def _encloses(path: Path, root: Path) -> bool:
    """Whether a class folder is a link back to the dataset itself."""
    try:
        return path.is_symlink() and root.resolve().is_relative_to(path.resolve())
    except (OSError, RuntimeError):
        return True


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as problem:
        raise unreadable(folder, problem) from None


def _read(part: Path, folders: dict[str, int], reading: _Reading) -> list[tuple[NDArray[np.uint8], int]]:
    pictures = []
    for name, label in folders.items():
        folder = part / name
        for path in _entries(folder) if folder.is_dir() else []:
            if path.is_dir():
                reading.subfolders.append(str(path.relative_to(part)))
                continue
            reading.read += 1
            try:
                image = _prepared(read_picture(path), reading)
            except (DataError, StorageError):
                reading.unreadable.append(str(path.relative_to(part)))
                continue
            _take(image, path, reading)
            pictures.append((image, label))
    return pictures


def _prepared(image: NDArray[np.uint8], reading: _Reading) -> NDArray[np.uint8]:
    """The picture in the size asked for; in the channels too, where these are known before all are read."""
    if reading.preparation is None:
        return image
    return prepared(image, reading.preparation) if reading.settled else sized(image, reading.preparation)


def _take(image: NDArray[np.uint8], path: Path, reading: _Reading) -> None:
    reading.first = reading.first or (path, image.shape[:2])
    reading.colour = reading.colour or image.shape[2] == 3
    first, shape = reading.first
    if image.shape[:2] != shape:
        raise DataError(
            f"all pictures must have one size, but {first} has {shape[0]}x{shape[1]} pixels (height x width) "
            f"and {path} has {image.shape[0]}x{image.shape[1]}. Give a size to bring them "
            "to, as in size=(32, 32)."
        )
    reading.held += image.shape[0] * image.shape[1] * 3
    if reading.held > MAX_BYTES:
        raise DataError(
            f"pictures must not need more than {amount(MAX_BYTES)} of memory, but the folder of {path} holds more. "
            "Give a smaller size, as in size=(64, 64)."
        )


def _stack(pictures: list[tuple[NDArray[np.uint8], int]], channels: int) -> Split:
    if not pictures:
        return split_of(np.zeros((0, 1, 1, channels), np.uint8), np.zeros(0, np.int64))
    images = np.empty((len(pictures), *pictures[0][0].shape[:2], channels), np.uint8)
    for position, (image, _) in enumerate(pictures):
        images[position] = image
    return split_of(images, np.array([label for _, label in pictures]))


def _remarks(reading: _Reading) -> list[str]:
    notes = []
    if reading.unreadable:
        count = len(reading.unreadable)
        notes.append(
            f"{count:,} of {reading.read:,} files could not be read as a PNG, JPEG, BMP, GIF or WebP picture and "
            f"{'was' if count == 1 else 'were'} left out: {_some(reading.unreadable)}."
        )
    if reading.subfolders:
        notes.append(f"Folders inside class folders were not read: {_some(reading.subfolders)}.")
    if reading.preparation is not None:
        height, width = reading.preparation.size
        how = reading.preparation.words
        notes.append(f"Pictures were brought to {height}x{width} pixels (height x width) by {how}.")
    return notes


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED:,} more"
