"""How the images of a set of centred ink were made, measured on the images: background, box, centre, strokes.

MNIST's digits were scaled until the longer side of their box had 20 pixels, and laid with their centre of mass in the
middle of 28 x 28 (LeCun, Cortes and Burges). Its kin was made alike with other figures. Whether a set is one of them,
and with which figures, is read from its images and not from its name.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import RecordError, shown_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_IMAGES = 1000  # enough for quantiles of a few percent
EDGE = 0.25  # of full ink: where a stroke begins, for boxes
_BLANK = 0.1  # of the range: what counts as background still
_BLANK_SHARE = 0.9  # of the images; MNIST 0.99, Fashion-MNIST 0.01, whose clothes touch the edge
_SOLID = 0.5  # of the range: an image whose fullest ink is fainter counts as blank
_BOX_SPREAD = 0.1  # of the longer side, between the 5th and the 95th percentile; MNIST 0
_MOST_WIDTH = 0.25  # of the longer side; the strokes of MNIST are 0.14 of it
_LEAST_SIDE = 12  # pixels: strokes in fewer are blots whose place says nothing, unless their box fills the image


@dataclass(frozen=True, kw_only=True)
class InkStyle:
    """What training images of centred ink have in common; lengths in pixels.

    Args:
        background: of 0 to 255; the ink is at the other end.
        full: how far from the background the ink of a stroke is, 0 to 255.
        side: the longer side of the box around the ink.
        centre: where the centre of mass lies, `(y, x)`, of pixels counted from 0.
        apart: how far from there it lies in 99 of 100 images at most, along one axis.
        thinnest: the width of the strokes that 5 % of the images are thinner than.
        thickest: the width that 5 % are thicker than.
    """

    background: float
    full: float
    side: float
    centre: tuple[float, float]
    apart: float
    thinnest: float
    thickest: float

    @property
    def bright(self) -> bool:
        """Whether the ink is brighter than the ground."""
        return self.background < 127.5  # the middle of 0 to 255

    def to_json(self) -> str:
        """One line that `from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str, *, where: str) -> InkStyle:
        """Reads what `to_json` wrote.

        Args:
            text: the line.
            where: the file that it stands in, for the sentence.

        Raises:
            RecordError: it is something else.
        """
        try:
            found = json.loads(text)
            centre = tuple(float(place) for place in found.pop("centre"))
            numbers = {name: float(value) for name, value in found.items()}
            style = cls(centre=(centre[0], centre[1]), **numbers)
            sound = all(0 <= value < 2**16 for value in (*numbers.values(), *centre)) and style.side >= 1  # NaN is not
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
            sound = False
        if not sound:
            raise RecordError(
                f"{where} must say how its training images were made, but got {shown_value(text)}. "
                "Restore the file or train the run again."
            )
        return style


def ink_style(images: NDArray[np.uint8]) -> InkStyle | None:
    """Measures training images; None where they are no centred ink.

    They are where the outermost pixels are blank, the box around what is not blank always has the same longer side, and
    what is in it consists of strokes. In images of few pixels, as the 8 x 8 of UCI's digits, the box fills the image
    instead: there the outermost pixels are as they are.

    Args:
        images: uint8, `(images, height, width, channels)`.
    """
    grey = grey_of(images[:MOST_IMAGES])
    if grey is None or not len(grey):
        return None
    filled = min(grey.shape[1:]) < _LEAST_SIDE
    ring = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1)
    background = float(np.median(ring))
    if not (background < 255 * _BLANK or background > 255 * (1 - _BLANK)):
        return None
    if not filled and np.mean((np.abs(ring - background) < 255 * _BLANK).all(axis=1)) < _BLANK_SHARE:
        return None
    ink = np.abs(grey - background)
    ink = ink[ink.max(axis=(1, 2)) > 255 * _SOLID]  # without blank images
    style = _measured(ink, background) if len(ink) else None
    return None if style is None or (filled and style.side < max(grey.shape[1:])) else style


def _measured(ink: Floats, background: float) -> InkStyle | None:
    """Takes ink, `(images, height, width)`, 0 where there is none."""
    full = float(np.median(ink.max(axis=(1, 2))))
    sides = longer_side(ink >= EDGE * full)
    ink, sides = ink[sides > 0], sides[sides > 0]
    side = float(np.median(sides))
    low, high = np.quantile(sides, (0.05, 0.95))
    widths = stroke_width(ink)
    if high - low > _BOX_SPREAD * side or np.median(widths) > _MOST_WIDTH * side:
        return None
    centres = centre_of_mass(ink)
    centre = centres.mean(axis=0)
    thin, thick = np.quantile(widths, (0.05, 0.95))
    return InkStyle(
        background=background,
        full=full,
        side=side,
        centre=(float(centre[0]), float(centre[1])),
        apart=float(np.quantile(np.abs(centres - centre).max(axis=1), 0.99)),
        thinnest=float(thin),
        thickest=float(thick),
    )


def grey_of(images: NDArray[np.uint8]) -> Floats | None:
    """Grey images as floats, `(images, height, width)`; None where they have colours."""
    if images.shape[-1] > 1 and np.ptp(images, axis=-1).max(initial=0) > 255 * _BLANK:
        return None
    grey: Floats = images.astype(np.float64).mean(axis=-1)
    return grey


def longer_side(masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The longer side of the box around each mask `(..., height, width)`; 0 for an empty one."""
    rows, columns = (np.asarray(masks.any(axis=axis)) for axis in (-1, -2))
    return np.maximum(_reach(rows), _reach(columns))


def centre_of_mass(ink: Floats) -> Floats:
    """The mean place of ink `(..., height, width)` that is nowhere empty, `(..., 2)`: y, then x."""
    total = ink.sum(axis=(-2, -1))
    y, x = np.arange(ink.shape[-2]), np.arange(ink.shape[-1])
    return np.stack([ink.sum(axis=-1) @ y / total, ink.sum(axis=-2) @ x / total], axis=-1)


def stroke_width(ink: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The mean width of the strokes of ink `(..., height, width)`: twice their area over the length of their edges.

    The length of edges is the total variation, so that blurred edges count as sharp ones do.
    The variations along the two axes are joined as those of one straight stroke are.
    """
    blank = ink.dtype.type(0)
    down = np.abs(np.diff(ink, axis=-2, prepend=blank, append=blank)).sum(axis=(-2, -1))
    across = np.abs(np.diff(ink, axis=-1, prepend=blank, append=blank)).sum(axis=(-2, -1))
    width: NDArray[np.floating[Any]] = (
        2 * ink.sum(axis=(-2, -1)) / np.maximum(np.hypot(down, across), 1e-9)
    )  # blank: 0 of width
    return width


def _reach(covered: NDArray[np.bool_]) -> NDArray[np.int64]:
    """From the first to the last True along the last axis, both counted; 0 where there is none."""
    first, last = covered.argmax(axis=-1), covered.shape[-1] - covered[..., ::-1].argmax(axis=-1)
    return np.where(covered.any(axis=-1), last - first, 0)
