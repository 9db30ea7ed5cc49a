"""Two trained networks compared on the same images: the case of one seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.statistics.paired import compare
from classlab.statistics.sample import Sample, sample

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from classlab.statistics.comparison import Comparison


def compare_predictions(
    first_correct: ArrayLike,
    second_correct: ArrayLike,
    *,
    confidence: float = 0.95,
    margin: float = 0.0,
    comparisons: int = 1,
) -> Comparison:
    """Compares the accuracies of two trained networks on the same images.

    Only the b images that the first alone gets right and the c that the second alone gets right tell them apart. The
    difference in accuracy is (b - c) / n, its interval Tango's score interval, which keeps to its confidence with few
    discordant images too and excludes zero where McNemar's statistic (b - c)^2 / (b + c) does. This is `compare` with
    one seed: it speaks of two trained networks on images like these, not of their arms, and says so in `holds_for`.

    Args:
        first_correct: whether the first network is right, `(images,)`.
        second_correct: whether the second is right on the same images, in the same order.
        confidence: of the interval; with several comparisons, that all intervals hold at once.
        margin: differences in accuracy of this size or less do not matter.
        comparisons: size of the family that this comparison belongs to.

    Raises:
        SpecError: different numbers of images or fewer than two, values that are not true or false, or a `confidence`
            or `margin` that makes no sense.

    Example:
        >>> first, second = [True] * 90 + [False] * 10, [True] * 70 + [False] * 28 + [True] * 2
        >>> found = compare_predictions(first, second)
        >>> found.verdict, round(found.difference, 2), [round(end, 3) for end in found.interval], found.holds_for
        ('better', 0.18, [0.097, 0.275], 'images')

    References:
        McNemar (1947), "Note on the sampling error of the difference between correlated proportions or percentages",
        Psychometrika 12; Tango (1998), "Equivalence test and confidence interval for the difference in proportions for
        the paired-sample design", Statistics in Medicine 17; Fagerland, Lydersen and Laake (2014), "Recommended tests
        and confidence intervals for paired binomial proportions", Statistics in Medicine 33.
    """
    one, two = _network(first_correct, name="first_correct"), _network(second_correct, name="second_correct")
    if one.images != two.images:
        raise SpecError(
            f"`first_correct` and `second_correct` must speak of the same images, but got {one.images} and "
            f"{two.images}. Predict the same images with both."
        )
    return compare(one, two, confidence=confidence, margin=margin, comparisons=comparisons)


def _network(correct: ArrayLike, *, name: str) -> Sample:
    given = np.asarray(correct)
    if given.ndim != 1 or len(given) < 2 or given.dtype != np.bool_:
        raise SpecError(
            f"`{name}` must be true or false for each image, shape (images,), at least two, but got "
            f"shape={given.shape}, dtype={given.dtype}. Compare predicted classes with labels."
        )
    return sample([float(given.mean())], by_image=given[None, :])
