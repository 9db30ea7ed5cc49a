"""What every source ends in: a dataset that was checked, has a test set and knows its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.dataset import Dataset, Split
from classlab.datasets.splits import stratified
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.datasets.left_out import LeftOut
    from classlab.records.picture_reading import PictureReading
    from classlab.records.preparation import Preparation

TEST_SHARE = 0.2  # of the images of each class, where a source has no test set


@dataclass(frozen=True, kw_only=True, eq=False)
class Content:
    """What a source holds, before it becomes a dataset.

    Args:
        train: training images, or all images where `test` is None.
        test: test images, if the source has any.
        validation: validation images, if the source keeps them apart from its training images.
        class_names: one name per label.
        source: where the bytes were found, as a clause for people.
        notes: remarks a reader of figures must know, each a sentence.
        left_out: files that did not become images, each with the reason.
        reading: how deep and transparent pictures were read; None where the source is not made of pictures.
        preparation: how its pictures were brought to one size, None where they came in it.
    """

    train: Split
    test: Split | None
    class_names: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    validation: Split | None = None
    left_out: tuple[LeftOut, ...] = ()
    reading: PictureReading | None = None
    preparation: Preparation | None = None


def assemble(name: str, content: Content, *, to_measure: bool = False) -> Dataset:
    """Turns what a source holds into a dataset.

    Args:
        name: what the user calls the dataset.
        content: what the source holds; its labels may be of any integer type.
        to_measure: whether the images are for measuring a network alone: then there may be one class or one image of a
            class, and where that forbids a test set made here, all images are test images as well.

    Raises:
        DataError: no images, fewer than two classes, a class without images, labels that name no class, or shapes
            that disagree.
    """
    strays = [each for each in content.class_names if not _is_text(each)]
    if strays:
        raise DataError(f"class names must be text that UTF-8 can hold, but got {strays[0]!r}. Rename the class.")
    train, test = content.train, content.test
    undivided = to_measure and test is None and not _divisible(train, content.class_names)
    _check(name, "measured" if undivided else "training", train, content.class_names)
    notes = content.notes
    if undivided:
        test = train
    elif test is None:
        train, test, note = _set_test_aside(name, train, content.class_names)
        notes = (*notes, note)
    else:
        _check_beside(name, "test", test, train, content.class_names)
        notes += _lacking("test", test, content.class_names)
    if content.validation is not None:
        _check_beside(name, "validation", content.validation, train, content.class_names)
        notes += _lacking("validation", content.validation, content.class_names)
    return Dataset(
        name=name,
        train=train,
        test=test,
        class_names=content.class_names,
        source=content.source,
        digest=_digest(train, test, content.validation, content.class_names),
        notes=notes,
        validation=content.validation,
        left_out=content.left_out,
        reading=content.reading,
        preparation=content.preparation,
        own_test=content.test is not None,
    )


def _is_text(name: object) -> bool:
    return isinstance(name, str) and name.encode("utf-8", "replace").decode() == name


def split_of(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Split:
    """Pairs images with labels; grey images `(images, height, width)` get their channel axis here."""
    if images.ndim == 3:
        images = images[..., np.newaxis]
    return Split(images=np.ascontiguousarray(images), labels=labels.astype(np.int64))


def _check(name: str, what: str, split: Split, class_names: Sequence[str]) -> None:
    if len(split.images) != len(split.labels):
        raise DataError(
            f"there must be one label per image, but {name} has {len(split.images):,} {what} images and "
            f"{len(split.labels):,} labels. Check that both come from the same set."
        )
    if len(split) == 0:
        raise DataError(f"{name} has no {what} images. Check that the path leads to the right place.")
    if split.images[0].size == 0:
        raise DataError(f"images must have pixels, but those of {name} have the shape {split.images.shape[1:]}.")
    low, high = int(split.labels.min()), int(split.labels.max())
    if low < 0 or high >= len(class_names):
        raise DataError(
            f"labels must lie between 0 and {len(class_names) - 1}, one for each class of {name}, but its {what} "
            f"labels run from {low} to {high}. Number the classes from 0, or name every class."
        )
    if what == "training":
        _check_classes(name, split, class_names)


def _check_beside(name: str, what: str, split: Split, train: Split, class_names: Sequence[str]) -> None:
    """Checks test or validation images against the training images."""
    _check(name, what, split, class_names)
    if train.images.shape[1:] != split.images.shape[1:]:
        raise DataError(
            f"training and {what} images must have the same height, width and channels, but {name} has "
            f"{train.images.shape[1:]} and {split.images.shape[1:]}. Bring them to one shape."
        )


def _lacking(what: str, split: Split, class_names: Sequence[str]) -> tuple[str, ...]:
    """That a split has no images of some classes: its figures say nothing of these."""
    empty = _without_images(split, class_names)
    return (f"There are no {what} images of {_listed(empty)}.",) if empty else ()


def _without_images(split: Split, class_names: Sequence[str]) -> list[str]:
    sizes = np.bincount(split.labels, minlength=len(class_names))
    return [name for name, count in zip(class_names, sizes, strict=True) if count == 0]


def _check_classes(name: str, split: Split, class_names: Sequence[str]) -> None:
    if len(class_names) < 2:
        raise DataError(
            f"a classifier needs at least 2 classes, but {name} has only {class_names[0]!r}. "
            "Add images of another class."
        )
    if empty := _without_images(split, class_names):
        raise DataError(
            f"every class must have training images, but {name} has none of {_listed(empty)}. "
            "Add images of it, or take it out of the classes."
        )


def _divisible(split: Split, class_names: Sequence[str]) -> bool:
    """Whether every class can give a training and a test image, of two classes at least."""
    return len(class_names) > 1 and int(np.bincount(split.labels, minlength=len(class_names)).min()) > 1


def _set_test_aside(name: str, split: Split, class_names: Sequence[str]) -> tuple[Split, Split, str]:
    sizes = np.bincount(split.labels)
    if sizes.min() < 2:
        raise DataError(
            "every class must have at least 2 images, one to train on and one to test on, but got "
            f"{sizes.min()} of class {class_names[int(sizes.argmin())]!r} in {name}. Add images."
        )
    seed = hashlib.sha256(split.images.data)
    seed.update(split.labels.astype("<i8").tobytes())
    # Two images per class stay for training where they can, so that one may still become a validation image.
    spare = np.where(sizes > 2, 2, 1)
    total = round(len(split) * TEST_SHARE)
    chosen = stratified(split.labels, total=total, least=1, spare=spare, seed=f"{seed.hexdigest()} test")
    note = (
        f"{name} has no test set of its own: {int(chosen.sum()):,} of its {len(split):,} images, a stratified fifth "
        "fixed by the images themselves, were set aside as test images."
    )
    return split.where(~chosen), split.where(chosen), note


def _digest(train: Split, test: Split, validation: Split | None, class_names: Sequence[str]) -> str:
    """SHA-256 of all there is; validation images that are not there leave it as it was before there could be any."""
    digest = hashlib.sha256()
    splits = (train, test) if validation is None else (train, test, validation)
    shapes = [list(split.images.shape) for split in splits]
    digest.update(json.dumps(["classlab dataset 1", shapes, list(class_names)]).encode() + b"\n")
    for split in splits:
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(split.labels.astype("<i8").tobytes())
    return digest.hexdigest()


def _listed(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
