"""Numbers that were pixels, turned back to uint8: whole values, shares of 255, -1 to 1, or standardized; or refused.

All images of a dataset are turned back by the same rule, so that training and test images stay comparable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Named = tuple[str, NDArray[Any]]

_PIECE = 1024  # images looked at together: bounds the memory of the checks
RAW = "Pass the pixels as they came, as uint8 from 0 to 255: scaling is the preprocessing's work and part of the model."
_TWICE = 1.001 / 255
_NEARLY = 1e-3  # of a bound: values as text often have three places
_HALF = 128  # images of 0 to 255 have brighter pixels than that


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """How pixels became these numbers: pixel = (number + shift) * factor.

    Args:
        words: of the note, between "came as TYPE" and the end of the sentence.
        exact: whether every number must be a whole pixel value within rounding; else it is rounded.
    """

    shift: float = 0.0
    factor: float = 1.0
    words: str = " and was turned back to uint8"
    exact: bool = True


def to_pixels(given: Sequence[Named], note: Callable[[str], None]) -> list[NDArray[np.uint8]]:
    """Turns images back to uint8.

    Args:
        given: a name for sentences and the images, of every split.
        note: takes what was done, a sentence.

    Returns:
        The images in the same order and shape.

    Raises:
        DataError: images that are no pixels and cannot be turned back.
    """
    for where, images in given:
        if images.dtype.kind not in "buif":
            raise DataError(f"images must be numbers, but {where} is of type {images.dtype}. {RAW}")
    floats = [each for each in given if each[1].dtype.kind == "f" and each[1].size]
    whole = [each for each in given if each[1].dtype.kind != "f" and each[1].size]
    rules = {"f": _rule_of_floats(floats) if floats else _Rule(), "": _rule_of_whole(whole) if whole else _Rule()}
    return [_turned(where, images, rules["f" if images.dtype.kind == "f" else ""], note) for where, images in given]


def _turned(where: str, images: NDArray[Any], rule: _Rule, note: Callable[[str], None]) -> NDArray[np.uint8]:
    plain = rule == _Rule()
    if images.dtype == np.uint8 and plain:
        return images
    if images.size == 0:
        return images.astype(np.uint8)
    note(f"{where} came as {images.dtype}{rule.words}.")
    out = np.empty(images.shape, np.uint8)
    for start, piece in _pieces(images):
        out[start : start + len(piece)] = np.clip(np.rint(_pixel(piece, rule)), 0, 255)
    return out


def _pieces(images: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    for start in range(0, len(images), _PIECE):
        yield start, images[start : start + _PIECE]


def _pixel(piece: NDArray[Any], rule: _Rule) -> NDArray[np.float64]:
    return (piece.astype(np.float64) + rule.shift) * rule.factor


def _range(given: Sequence[Named]) -> tuple[float, float]:
    for where, images in given:
        if not (np.isfinite(images.min()) and np.isfinite(images.max())):
            raise DataError(f"images must be finite, but {where} holds NaN or infinity. {RAW}")
    return min(float(each.min()) for _, each in given), max(float(each.max()) for _, each in given)


_BINARY = _Rule(factor=255, words=" with no pixel but 0 and 1, which became 0 and 255")


def _rule_of_whole(given: Sequence[Named]) -> _Rule:
    low, high = _range(given)
    if (low, high) == (0, 1):
        return _BINARY
    if low >= 0 and high <= 255:
        return _Rule()
    if low < high and _holds(given, grid := _grid(low, high)):
        return grid
    raise DataError(
        f"pixels must lie between 0 and 255, but {_names(given)} runs from {low:.6g} to {high:.6g}. Bring them there "
        "first, as in (images / images.max() * 255).astype(numpy.uint8)."
    )


def _rule_of_floats(given: Sequence[Named]) -> _Rule:
    low, high = _range(given)
    if low >= 0 and 0 < high <= _TWICE:
        raise DataError(
            f"pixels must lie between 0 and 255, or between 0 and 1, but {_names(given)} runs from {low:.3g} to "
            f"{high:.3g}: it seems to have been divided by 255 twice. {RAW}"
        )
    found = next((rule for rule in _exact_rules(low, high) if _holds(given, rule)), None)
    if found is not None:
        return found
    _refuse_unit_length(given)
    rounded = _rounding(low, high)
    if rounded is not None:
        return rounded
    raise DataError(
        f"images must be whole pixel values, or those scaled by one rule, but {_names(given)} runs from {low:.3g} to "
        f"{high:.3g} and holds values in between. {RAW}"
    )


def _exact_rules(low: float, high: float) -> Iterator[_Rule]:
    """The usual ways of scaling that these bounds allow, the commonest first."""
    if low >= 0 and high <= 1:
        # Images of 0 and 1 alone may be either; divided by 255 is far more usual than nearly black.
        yield _Rule(factor=255, words=", divided by 255, and was turned back to uint8")
        yield _Rule(factor=256, words=", divided by 256, and was turned back to uint8")
    if (low >= 0 and 1 < high <= 255) or low == high == 0:
        yield _Rule()
    if -1 <= low < 0 and high <= 1:
        words = ", scaled to lie between -1 and 1, and was turned back to uint8"
        yield _Rule(shift=1, factor=127.5, words=words)
        yield _Rule(shift=1, factor=128, words=words)
    if low < high:
        yield _grid(low, high)


def _grid(low: float, high: float) -> _Rule:
    """What images become that hold black and white, by any one shift and factor: 256 values, evenly spaced."""
    words = (
        f" from {low:.3g} to {high:.3g} in 256 even steps, as 0 to 255 scaled by one rule, and was turned back to uint8"
    )
    return _Rule(shift=-low, factor=255 / (high - low), words=words)


def _rounding(low: float, high: float) -> _Rule | None:
    if low >= 0 and high <= 1:
        return _Rule(factor=255, words=" between 0 and 1, was multiplied by 255 and rounded to uint8", exact=False)
    if abs(low + 1) <= _NEARLY and abs(high - 1) <= _NEARLY:
        words = " between -1 and 1, was brought to 0 to 255 and rounded to uint8"
        return _Rule(shift=1, factor=127.5, words=words, exact=False)
    if low >= 0 and _HALF <= high <= 255:
        return _Rule(words=" between 0 and 255 and was rounded to uint8", exact=False)
    return None


def _holds(given: Sequence[Named], rule: _Rule) -> bool:
    """Whether a rule gives whole pixel values everywhere."""
    for _, images in given:
        precision = float(np.finfo(images.dtype).eps) if images.dtype.kind == "f" else 0.0
        # A quotient k/255 is off by half a unit in the last place; times 255 that is up to 128 units. After a shift by
        # a mean the units are those of the largest value.
        largest = max(abs(rule.shift), 1 / rule.factor) if rule.shift else 1.0
        tolerance = min(0.25, max(1e-3, 255 * precision * max(1.0, largest)))
        for _, piece in _pieces(images):
            pixels = _pixel(piece, rule)
            if np.abs(pixels - np.rint(pixels)).max() > tolerance or pixels.min() < -0.5 or pixels.max() > 255.5:
                return False
    return True


def _refuse_unit_length(given: Sequence[Named]) -> None:
    """Refuses images whose rows, columns or whole have length 1: what they were divided by is gone."""
    where, images = given[0]
    some = images[:_PIECE].astype(np.float64)
    for axes in ((1,), (2,), tuple(range(1, some.ndim))):
        lengths = np.sqrt(np.square(some).sum(axis=axes))
        if np.all((np.abs(lengths - 1) < 1e-2) | (lengths == 0)) and lengths.any():  # of float16 too
            raise DataError(
                f"images must be pixels, but {where} was divided by its own length (as keras.utils.normalize does), "
                f"which cannot be undone. {RAW}"
            )


def _names(given: Sequence[Named]) -> str:
    return given[0][0]
