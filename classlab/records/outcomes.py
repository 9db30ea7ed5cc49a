"""What a run made of each image, packed: enough to tell how other images would move its figures."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import RecordError, SpecError
from classlab.records.base import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST = 1e-7  # Keras's smallest probability: no image costs more than -log of it
_MOST = 100_000_000  # images; a damaged record cannot ask for more memory than theirs
_MOST_CLASSES = 1 << 16  # that two bytes tell apart
_STEPS = 255  # codes of a loss, finer where it is small: a byte for each image


@dataclass(frozen=True, kw_only=True)
class Outcomes(Record):
    """Right or wrong on each image of a split, in the split's order, and what each image cost.

    Args:
        images: how many.
        correct: one bit per image, 1 where the most probable class is the label; compressed, in base 64.
        losses: one byte per image, 255 sqrt(loss / 16.1) of the loss -log(probability of the label); the same way. ""
            where it was not kept.
        labels: two bytes per image, its true class; the same way. "" where it was not kept.
        mistaken: two bytes per image that the run is wrong on, what it takes it for; the same way. "" as above.
    """

    images: int
    correct: str
    losses: str = ""
    labels: str = ""
    mistaken: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.images <= _MOST:
            raise SpecError(f"outcomes must be of 0 to {_MOST:,} images, but got images={self.images}. Count anew.")

    def right(self) -> NDArray[np.bool_]:
        """Whether the run is right on each image, `(images,)`.

        Raises:
            RecordError: the text does not hold so many images.
        """
        bits = np.frombuffer(self._unpacked(self.correct, size=-(-self.images // 8)), np.uint8)
        return np.unpackbits(bits, count=self.images).astype(np.bool_)

    def image_losses(self) -> NDArray[np.float64] | None:
        """Each image's loss, `(images,)`, within 0.016 of its square root; None where it was not kept.

        That is a loss of 1 within 0.016 and one of 0.01 within 0.0016. Single images tell how far others would move a
        mean, which is on record exactly.

        Raises:
            RecordError: the text does not hold so many images.
        """
        if not self.losses:
            return None
        codes = np.frombuffer(self._unpacked(self.losses, size=self.images), np.uint8)
        found: NDArray[np.float64] = (codes / _STEPS) ** 2 * -np.log(_LEAST)
        return found

    def true_classes(self) -> NDArray[np.int64] | None:
        """Each image's class, `(images,)`; None where it was not kept.

        Raises:
            RecordError: the text does not hold so many images.
        """
        if not self.labels:
            return None
        return np.frombuffer(self._unpacked(self.labels, size=2 * self.images), "<u2").astype(np.int64)

    def answers(self) -> NDArray[np.int64] | None:
        """The class that the run takes each image for, `(images,)`; None where it was not kept.

        Raises:
            RecordError: the texts do not hold so many images.
        """
        found = self.true_classes()
        if found is None:
            return None
        wrong = ~self.right()
        mistaken = self._unpacked(self.mistaken, size=2 * int(wrong.sum()))
        found[wrong] = np.frombuffer(mistaken, "<u2")
        return found

    def _unpacked(self, text: str, *, size: int) -> bytes:
        """The bytes behind a text; it is read no further than they may reach, for a small text can hold gigabytes."""
        reader = zlib.decompressobj()
        try:
            raw = reader.decompress(base64.b64decode(text, validate=True), size + 1)
        except (binascii.Error, zlib.error, ValueError):
            raw = b""
        if len(raw) != size or not reader.eof:
            raise RecordError(
                f"the outcomes of {self.images} images in a run's record are damaged. Restore the record or train the "
                "run again."
            )
        return raw


@dataclass(frozen=True, kw_only=True)
class RunOutcomes(Record):
    """What a run made of the validation images and of the test images."""

    validation: Outcomes
    test: Outcomes


def outcomes_of(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, losses: bool, classes: bool = False
) -> Outcomes:
    """Packs what a run made of a split.

    Args:
        probabilities: `(images, classes)`.
        labels: `(images,)`, the true classes.
        losses: whether what each image cost is kept too.
        classes: whether each image's class, and what it is taken for, are kept too.

    Example:
        >>> found = outcomes_of(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 1]), losses=True)
        >>> found.right().tolist(), found.image_losses().round(1).tolist()
        ([True, False], [0.1, 1.6])
    """
    answers = probabilities.argmax(axis=1)
    right = answers == labels
    kept = classes and probabilities.shape[1] <= _MOST_CLASSES
    codes = b""
    if losses:
        chances = np.nan_to_num(probabilities[np.arange(len(labels)), labels].astype(np.float64))
        # The loss as a share of the largest one, -log(1e-7) = 16.1, so that a byte reaches over all of them.
        cost = np.log(np.clip(chances, _LEAST, 1.0)) / np.log(_LEAST)
        # The root gives small losses, which most images have, most of the codes.
        codes = np.round(np.sqrt(np.clip(cost, 0.0, 1.0)) * _STEPS).astype(np.uint8).tobytes()
    return Outcomes(
        images=len(labels),
        correct=_packed(np.packbits(right).tobytes()),
        losses=_packed(codes) if losses else "",
        labels=_packed(labels.astype("<u2").tobytes()) if kept else "",
        mistaken=_packed(answers[~right].astype("<u2").tobytes()) if kept else "",
    )


def _packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, 6)).decode("ascii")
