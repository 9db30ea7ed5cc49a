"""What an accuracy over finitely many images says about images not yet seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics.distributions import normal_quantile
from classlab.statistics.inputs import check_confidence
from classlab.statistics.scale import Interval  # noqa: TC001  (pydantic reads the annotations when a record is written)


@dataclass(frozen=True, kw_only=True)
class Proportion(Record):
    """A share of images, with its interval.

    Args:
        correct: images that count.
        images: all images.
        share: correct / images.
        interval: for the share among all images one could draw; it belongs to one trained model.
        confidence: of the interval.
    """

    correct: int
    images: int
    share: float
    interval: Interval
    confidence: float


def wilson(correct: int, images: int, *, confidence: float = 0.95) -> Proportion:
    """Wilson's score interval for one model's accuracy.

    With p = correct / n and z the normal quantile, it is
    (p + z^2 / 2n +- z * sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n).
    Unlike p +- z * sqrt(p (1 - p) / n) it keeps to its confidence near 0 and 1, where accuracies live, and never leaves
    [0, 1]. It takes the images for a random sample and says nothing about other seeds.

    Args:
        correct: images whose predicted class is the label.
        images: all images.
        confidence: of the interval.

    Raises:
        SpecError: there are no images, or fewer than are correct, or `confidence` is no probability.

    Example:
        >>> [round(end, 4) for end in wilson(970, 1000).interval]
        [0.9575, 0.9789]

    References:
        Wilson (1927), "Probable inference, the law of succession, and statistical inference", Journal of the American
        Statistical Association 22; Brown, Cai and DasGupta (2001), "Interval estimation for a binomial proportion",
        Statistical Science 16(2).
    """
    check_confidence(confidence)
    if images < 1 or not 0 <= correct <= images:
        raise SpecError(
            f"`correct` must lie between 0 and `images`, and `images` be at least 1, but got correct={correct}, "
            f"images={images}. Count both over the same images."
        )
    share = correct / images
    z = normal_quantile((1 + confidence) / 2)
    centre = share + z * z / (2 * images)
    half = z * float(np.sqrt(share * (1 - share) / images + z * z / (4 * images**2)))
    scale = 1 + z * z / images
    low = 0.0 if correct == 0 else (centre - half) / scale  # exactly, whatever the rounding
    high = 1.0 if correct == images else (centre + half) / scale
    return Proportion(correct=correct, images=images, share=share, interval=(low, high), confidence=confidence)
