"""Values of Python programs as NumPy arrays: lists, tensors, columns of tables and lists of Pillow's images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.limits import MAX_BYTES, amount
from classlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_array(name: str, value: Any) -> NDArray[Any]:
    """Makes an array of a value.

    Args:
        name: what sentences call it.
        value: an array, a list, a tensor of PyTorch, TensorFlow or JAX, a table's column, or a list of Pillow's images.

    Raises:
        DataError: nothing of that kind, or images of several sizes.
    """
    if hasattr(value, "detach"):  # a tensor of PyTorch, on any device, with a gradient or without
        value = value.detach().cpu()
    if isinstance(value, list | tuple) and value and is_picture(value[0]):
        value = [picture_array(each) for each in value]
    if isinstance(value, list | tuple) and value and hasattr(value[0], "detach"):
        value = [each.detach().cpu().numpy() for each in value]
    shapes = {np.shape(each) for each in value} if isinstance(value, list | tuple) and _holds_arrays(value) else set()
    if len(shapes) > 1:
        first, second = sorted(shapes)[:2]
        raise DataError(
            f"all images of `{name}` must have one size, but it holds {first} and {second}. Bring them to one size, or "
            "save them as pictures in one folder per class and give that folder with a size."
        )
    if np.ma.is_masked(value):
        hidden = int(np.ma.getmaskarray(value).sum())
        raise DataError(
            f"`{name}` must have every value, but it is a masked array, of which {hidden:,} are hidden. Fill them, as "
            "with `.filled(0)`, or leave their images out."
        )
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as problem:
        raise DataError(f"`{name}` must be an array of numbers, but it cannot be made into one ({problem}).") from None


def _holds_arrays(value: list[Any] | tuple[Any, ...]) -> bool:
    return bool(value) and all(isinstance(each, np.ndarray) for each in value)


def is_picture(value: Any) -> bool:
    """Whether a value is one of Pillow's images."""
    return hasattr(value, "getbands") and hasattr(value, "convert")  # Pillow's, without importing it


def picture_array(picture: Any) -> NDArray[Any]:
    """One of Pillow's images as numbers: grey `(height, width)`, or with 3 or, where it is transparent, 4 channels."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return np.asarray(picture)
    if picture.mode in ("L", "1") and "transparency" not in picture.info:
        return np.asarray(picture.convert("L"))
    clear = "A" in picture.getbands() or "a" in picture.getbands() or "transparency" in picture.info
    return np.asarray(picture.convert("RGBA" if clear else "RGB"))


def check_held(held: int, *, what: str) -> None:
    """Refuses to gather more than fits, while it is being gathered.

    Args:
        held: bytes so far.
        what: where they come from, for the sentence.

    Raises:
        DataError: it is too much.
    """
    if held > MAX_BYTES:
        raise DataError(
            f"images must not need more than {amount(MAX_BYTES)} of memory, but {what} gives more. Take fewer or "
            "smaller images; one without end must be cut, as in itertools.islice."
        )
