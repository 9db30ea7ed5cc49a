"""Arrays from Python or from an `.npz` file, brought to uint8 images and integer labels; doubtful ones are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.assembly import Content, assemble, split_of
from classlab.datasets.safe_read.npz import array_names, read_arrays
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from classlab.datasets.dataset import Dataset, Split


_PIECE = 1024  # images looked at together: bounds the memory of the checks
_RAW = (
    "Pass the pixels as they came, as uint8 from 0 to 255: scaling is the preprocessing's work and part of the model."
)
_TWICE = 1.001 / 255


def from_arrays(
    x_train: ArrayLike,
    y_train: ArrayLike,
    x_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    *,
    class_names: Sequence[str] | None = None,
    name: str = "arrays",
) -> Dataset:
    """Makes a dataset of arrays.

    Args:
        x_train: images, `(images, height, width)` or `(images, height, width, channels)` with 1 or 3 channels: uint8,
            or other numbers that are exactly whole pixel values from 0 to 255, divided by 255 or not; those are
            turned back to uint8, and a note says so.
        y_train: labels, integers from 0, `(images,)`, `(images, 1)` or one-hot `(images, classes)`.
        x_test: test images; without them a stratified fifth of the images is set aside.
        y_test: test labels.
        class_names: one name per label; the labels themselves where left out.
        name: what to call the dataset.

    Raises:
        DataError: images that are not pixels (already normalised, divided by 255 twice, not finite), labels that are
            not integers from 0, a class without images, or shapes that disagree.

    Example:
        >>> images = np.arange(4 * 2 * 2, dtype=np.uint8).reshape(4, 2, 2)
        >>> dataset = from_arrays(images, [0, 1, 0, 1], images, [0, 1, 0, 1], class_names=["even", "odd"])
        >>> dataset.image_shape, dataset.class_names
        ((2, 2, 1), ('even', 'odd'))
    """
    given = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    if (x_test is None) != (y_test is None):
        raise DataError("`x_test` and `y_test` must be given together, but got only one of them. Give both or neither.")
    missing = next((key for key in ("x_train", "y_train") if given[key] is None), None)
    if missing is not None:
        raise DataError(f"`{missing}` must be an array, but got None. Give the images and their labels.")
    arrays = {key: _as_array(key, value) for key, value in given.items() if value is not None}
    return dataset_of(arrays, class_names=class_names, name=name, source="arrays passed from Python")


def dataset_of(
    arrays: dict[str, NDArray[Any]], *, class_names: Sequence[str] | None, name: str, source: str, where: str = ""
) -> Dataset:
    """Makes a dataset of arrays under Keras's names.

    Args:
        arrays: `x_train` and `y_train`, perhaps `x_test` and `y_test`.
        class_names: one name per label; the labels themselves where None.
        name: what to call the dataset.
        source: where the arrays come from, as a clause for people.
        where: what follows an array's name in an error's sentence, as in ` of FILE`.
    """
    notes: list[str] = []

    def split(images: str, labels: str) -> Split:
        pixels = _pixels(f"{images}{where}", arrays[images], notes.append)
        return split_of(pixels, _labels(f"{labels}{where}", arrays[labels]))

    train = split("x_train", "y_train")
    test = split("x_test", "y_test") if "x_test" in arrays else None
    if class_names is None:
        class_names = [str(label) for label in range(_classes(train, name))]
    content = Content(train=train, test=test, class_names=tuple(class_names), source=source, notes=tuple(notes))
    return assemble(name, content)


def _as_array(name: str, value: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as problem:
        raise DataError(f"`{name}` must be an array of numbers, but it cannot be made into one ({problem}).") from None


def _classes(train: Split, name: str) -> int:
    highest = int(train.labels.max(initial=0))
    if highest >= max(len(train), 1):
        raise DataError(
            f"labels must number the classes from 0 without gaps, but {name} has a label {highest:,} among "
            f"{len(train):,} training images. Number the classes 0, 1, 2 and so on."
        )
    return highest + 1


def _pixels(where: str, images: NDArray[Any], note: Callable[[str], None]) -> NDArray[np.uint8]:
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (1, 3)):
        hint = (
            "Move the channels to the last axis."
            if images.ndim == 4 and images.shape[1] in (1, 3)
            else ("Reshape them, for example to (images, 28, 28).")
        )
        raise DataError(
            f"images must have the shape (images, height, width) or (images, height, width, 1 or 3), but {where} has "
            f"{images.shape}. {hint}"
        )
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "buif":
        raise DataError(f"images must be numbers, but {where} is of type {images.dtype}. {_RAW}")
    if images.size == 0:
        return images.astype(np.uint8)
    scale = _scale(where, images)
    note(f"{where} came as {images.dtype}{', divided by 255,' if scale > 1 else ''} and was turned back to uint8.")
    out = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), _PIECE):
        piece = images[start : start + _PIECE]
        out[start : start + _PIECE] = np.rint(piece.astype(np.float64) * scale)
    return out


def _scale(where: str, images: NDArray[Any]) -> int:
    """Finds what the images must be multiplied with to be whole pixel values, or says why nothing does."""
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(f"images must be finite, but {where} holds NaN or infinity. {_RAW}")
    if low < 0 or high > 255:
        raise DataError(f"pixels must lie between 0 and 255, but {where} runs from {low:.6g} to {high:.6g}. {_RAW}")
    if images.dtype.kind != "f":
        return 1
    if 0 < high <= _TWICE:
        raise DataError(
            f"pixels must lie between 0 and 255, or between 0 and 1, but {where} runs from {low:.3g} to {high:.3g}: "
            f"it seems to have been divided by 255 twice. {_RAW}"
        )
    # Images of 0 and 1 alone may be either; divided by 255 is far more usual than nearly black.
    scale = 255 if high <= 1 else 1
    # A quotient k/255 is off by half a unit in the last place; times 255 that is up to 128 units.
    tolerance = min(0.25, max(1e-3, 255 * float(np.finfo(images.dtype).eps)))
    for start in range(0, len(images), _PIECE):
        piece = images[start : start + _PIECE].astype(np.float64) * scale
        if np.abs(piece - np.rint(piece)).max() > tolerance:
            raise DataError(
                f"images of type {images.dtype} must be whole pixel values, or those divided by 255, but {where} runs "
                f"from {low:.3g} to {high:.3g} and holds values in between. {_RAW}"
            )
    return scale


def _labels(where: str, labels: NDArray[Any]) -> NDArray[np.int64]:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "buif":
        hot = labels != 0
        if not (np.all(hot.sum(axis=1) == 1) and np.all(labels[hot] == 1)):
            raise DataError(
                f"one-hot labels must have a single 1 in each row and 0 elsewhere, but {where} has other rows. "
                "Pass the class numbers."
            )
        numbers: NDArray[np.int64] = hot.argmax(axis=1).astype(np.int64)
        return numbers
    if labels.ndim != 1 or labels.dtype.kind not in "bui":
        raise DataError(
            f"labels must be integers from 0, (images,), or one-hot rows, but {where} is of type {labels.dtype} with "
            f"shape {labels.shape}. Number the classes, and give their names as class_names."
        )
    if labels.dtype == np.uint64 and labels.max(initial=0) > np.iinfo(np.int64).max:
        raise DataError(
            f"labels must number the classes from 0, but {where} goes up to {labels.max()}. Number them anew."
        )
    return labels.astype(np.int64)


_KERAS = ("x_train", "y_train", "x_test", "y_test")


def read_npz(path: Path, *, name: str) -> Dataset:
    """Reads a dataset from an `.npz` file; without test arrays a stratified fifth becomes the test set.

    Raises:
        DataError: arrays are missing, damaged, made of objects, too large or not images and labels.
        StorageError: the file cannot be read.
    """
    held = array_names(path)
    if "images" in held and "labels" in held and "x_train" not in held:
        both = read_arrays(path, ("images", "labels"))
        arrays = {"x_train": both["images"], "y_train": both["labels"]}
    else:
        wanted = _KERAS if "x_test" in held or "y_test" in held else _KERAS[:2]
        arrays = read_arrays(path, wanted)
    return dataset_of(arrays, class_names=None, name=name, source=f"the file {path}", where=f" of {path}")
