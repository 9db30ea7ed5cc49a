"""Two trained models compared on the same images: what is left where an arm has one seed only."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.statistics.comparison import Comparison, Method, decide
from classlab.statistics.distributions import binomial, normal, normal_quantile
from classlab.statistics.inputs import check_confidence, check_margin

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from classlab.statistics.estimate import Interval

FEW = 25  # discordant images below which the exact test is used (the usual rule; Dietterich 1998 asks for 20)


def compare_predictions(
    first_correct: ArrayLike, second_correct: ArrayLike, *, confidence: float = 0.95, margin: float = 0.0
) -> Comparison:
    """Compares the accuracies of two trained models on the same images.

    Only the b images that the first alone gets right and the c that the second alone gets right tell them apart. The
    difference in accuracy is (b - c) / n. Its interval is Tango's score interval, which keeps to its confidence with
    few discordant images too and excludes zero just where McNemar's statistic (b - c)^2 / (b + c) does. Below 25
    discordant images the p value is the exact one, from the binomial distribution with b + c trials and probability
    1/2; where it exceeds 1 - confidence while Tango's interval excludes zero, the interval is stretched to zero, so
    that the verdict is never bolder than the exact test.

    This speaks of two trained models on images like these, not of their arms: the same arms with another seed are
    other models, and often differ from themselves by as much. The result says so in `about`.

    Args:
        first_correct: whether the first model is right, `(images,)`.
        second_correct: whether the second is right on the same images, in the same order.
        confidence: of the interval.
        margin: differences in accuracy of this size or less do not matter.

    Raises:
        SpecError: different numbers of images or none, values that are not true or false, or a `confidence` or
            `margin` that makes no sense.

    Example:
        >>> first, second = [True] * 90 + [False] * 10, [True] * 70 + [False] * 28 + [True] * 2
        >>> found = compare_predictions(first, second)
        >>> found.verdict, found.difference, [round(end, 3) for end in found.interval], found.about
        ('better', 0.18, [0.099, 0.273], 'models')

    References:
        McNemar (1947), "Note on the sampling error of the difference between correlated proportions or percentages",
        Psychometrika 12; Tango (1998), "Equivalence test and confidence interval for the difference in proportions for
        the paired-sample design", Statistics in Medicine 17; Dietterich (1998), "Approximate statistical tests for
        comparing supervised classification learning algorithms", Neural Computation 10(7).
    """
    check_confidence(confidence)
    check_margin(margin)
    one, two = _both(first_correct, second_correct)
    images = len(one)
    first_only, second_only = int((one & ~two).sum()), int((two & ~one).sum())
    exact = first_only + second_only < FEW
    method: Method = "exact McNemar" if exact else "McNemar"
    p_value = _exact(first_only, second_only) if exact else _asymptotic(first_only, second_only)
    interval = tango(first_only, second_only, images, confidence=confidence)
    if exact and p_value > 1 - confidence:
        interval = (min(interval[0], 0.0), max(interval[1], 0.0))
    differences = one.astype(np.int8) - two.astype(np.int8)
    return Comparison(
        verdict=decide(interval, margin=margin),
        about="models",
        method=method,
        difference=(first_only - second_only) / images,
        sd=float(differences.std(ddof=1)) if images > 1 else None,
        n=images,
        excluded=0,
        interval=interval,
        confidence=confidence,
        comparisons=1,
        margin=margin,
        p_value=p_value,
        p_adjusted=p_value,
        p_holm=p_value,
        seeds_needed=None,
    )


def tango(first_only: int, second_only: int, images: int, *, confidence: float) -> Interval:
    """Tango's score interval for the difference of two paired shares, (first_only - second_only) / images.

    It holds every D whose score statistic (b - c - nD) / sqrt(n (2 q + D (1 - D))) lies within the normal quantiles,
    where q, the most likely share of "second alone is right" given D, is (sqrt(B^2 - 8nC) - B) / 4n with
    B = (2n - b + c) D - b - c and C = -c D (1 - D).

    Args:
        first_only: b, images that the first alone gets right.
        second_only: c, images that the second alone gets right.
        images: n, all images.
        confidence: of the interval.

    Example:
        >>> [round(end, 3) for end in tango(1, 7, 21, confidence=0.95)]
        [-0.517, -0.026]

    References:
        Tango (1998), as above; the example is that of Fagerland, Lydersen and Laake (2014), "Recommended tests and
        confidence intervals for paired binomial proportions", Statistics in Medicine 33.
    """
    from scipy.optimize import brentq  # half a second to load, and needed only where an arm has one seed

    limit = normal_quantile((1 + confidence) / 2)
    middle = (first_only - second_only) / images

    def beyond(side: float) -> float:
        def excess(difference: float) -> float:
            return side * _score(difference, first_only, second_only, images) - limit

        end = -side  # where the lower limit is sought (side 1) the far end is -1
        return end if excess(end) <= 0 else float(brentq(excess, end, middle, xtol=1e-12))

    return beyond(1.0), beyond(-1.0)


def _score(difference: float, first_only: int, second_only: int, images: int) -> float:
    """Tango's statistic; at the ends of the scale, where it has no spread, its limit."""
    b, c, n, d = first_only, second_only, images, difference
    linear = (2 * n - b + c) * d - b - c
    root = linear**2 + 8 * n * c * d * (1 - d)
    share = (sqrt(max(root, 0.0)) - linear) / (4 * n)
    variance = n * (2 * share + d * (1 - d))
    distance = b - c - n * d
    if variance <= 0:
        return 0.0 if distance == 0 else float(np.copysign(np.inf, distance))
    return distance / sqrt(variance)


def _exact(first_only: int, second_only: int) -> float:
    """Two-sided binomial p value: twice the smaller tail, at most one."""
    discordant = first_only + second_only
    return min(1.0, 2 * binomial(min(first_only, second_only), discordant, 0.5))


def _asymptotic(first_only: int, second_only: int) -> float:
    """McNemar's p value without continuity correction: (b - c)^2 / (b + c) is chi-squared, one degree of freedom."""
    return 2 * normal(-abs(first_only - second_only) / sqrt(first_only + second_only))


def _both(first_correct: ArrayLike, second_correct: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    one, two = _right(first_correct, name="first_correct"), _right(second_correct, name="second_correct")
    if len(one) != len(two):
        raise SpecError(
            f"`first_correct` and `second_correct` must speak of the same images, but got {len(one)} and {len(two)}. "
            "Predict the same images with both."
        )
    return one, two


def _right(correct: ArrayLike, *, name: str) -> NDArray[np.bool_]:
    given = np.asarray(correct)
    if given.ndim != 1 or not len(given) or given.dtype != np.bool_:
        raise SpecError(
            f"`{name}` must be true or false for each image, shape (images,), at least one, but got "
            f"shape={given.shape}, dtype={given.dtype}. Compare predicted classes with labels."
        )
    return given
