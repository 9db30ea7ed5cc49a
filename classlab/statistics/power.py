"""How many seeds, or how many images, would tell two arms apart, if the truth is what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.statistics.comparison import WouldTell
from classlab.statistics.distributions import noncentral_student, normal_quantile, student_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.statistics.reference import Reference
    from classlab.statistics.spread import Spread

POWER = 0.8  # Cohen's convention (1988, section 2.4): one study in five may miss what is there
MAX_SEEDS = 1000  # nobody trains more; a larger answer is no answer
MAX_IMAGES = 1_000_000  # nobody labels more
_STEP = 8  # numbers are tried that lie an eighth apart
_LEAST = 2 / 3  # see `_out_of_reach`


def power_to_differ(
    difference: float, *, error: float, freedom: float, confidence: float, limit: float | None = None
) -> float:
    """Probability that an interval excludes zero.

    With t the quantile of the interval and T noncentral t with noncentrality difference / error, it is
    P(T > t) + P(T < -t).

    Args:
        difference: true mean difference.
        error: standard error of the measured one, above zero.
        freedom: degrees of freedom of the error.
        confidence: of the interval.
        limit: t; that of Student with `freedom` where it is None.

    Example:
        >>> round(power_to_differ(0.01, error=0.01 / 10**0.5, freedom=9, confidence=0.95), 3)
        0.803

    References:
        Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", 2nd ed., section 12.
    """
    limit = student_quantile(freedom, (1 + confidence) / 2) if limit is None else limit
    shift = abs(difference) / error
    return 1 - noncentral_student(freedom, shift, limit) + noncentral_student(freedom, shift, -limit)


def power_to_equal(
    difference: float, *, error: float, freedom: float, margin: float, confidence: float, limit: float | None = None
) -> float:
    """Probability, from below, that an interval lies within [-margin, margin].

    The lower end must stay above -margin and the upper below margin. Each alone has the probability of a one-sided
    noncentral t; the probability of both is at least their sum minus one (Boole's inequality), and nearly that where
    it matters, above one half.

    Args:
        difference: true mean difference.
        error: standard error of the measured one, above zero.
        freedom: degrees of freedom of the error.
        margin: differences of this size or less do not matter.
        confidence: of the interval.
        limit: as in `power_to_differ`.

    Example:
        >>> round(power_to_equal(0.0, error=0.001 / 8**0.5, freedom=7, margin=0.002, confidence=0.95), 3)
        0.995

    References:
        Phillips (1990), "Power of the two one-sided tests procedure in bioequivalence", Journal of Pharmacokinetics
        and Biopharmaceutics 18; Julious (2004), "Sample sizes for clinical trials with normal data", Statistics in
        Medicine 23, section 5 (the sum minus one).
    """
    limit = student_quantile(freedom, (1 + confidence) / 2) if limit is None else limit
    above = 1 - noncentral_student(freedom, (margin + difference) / error, limit)
    below = 1 - noncentral_student(freedom, (margin - difference) / error, limit)
    return max(0.0, above + below - 1)


def would_tell(
    difference: float | None, spread: Spread | None, *, margin: float, confidence: float
) -> WouldTell | None:
    """The smallest numbers of seeds, and of images, at which a study like the measured one would tell.

    "Like the measured one" takes the measured difference and variance components for the truth; "tell" means that with
    80 % power the interval excludes zero, or that with 80 % power it lies within the margin, whichever takes less. It
    is a rough guide: five seeds give a spread within a factor of about two, and the number goes with its square.

    Args:
        difference: mean difference measured; None where there is none.
        spread: where its error comes from; None where nothing tells.
        margin: differences of this size or less do not matter.
        confidence: of the interval, corrected for the family where there is one.

    Returns:
        The numbers, each None where even 1,000 seeds or 1,000,000 images would not do; None where nothing is known of
        the spread.

    Example:
        >>> from classlab.statistics.spread import spread_of_seeds
        >>> measured = spread_of_seeds(0.005 + 0.01 * np.array([-1.0, 1.0, 0.0, 1.0, -1.0]))
        >>> would_tell(0.005, measured, margin=0.002, confidence=0.95)
        WouldTell(seeds=34, images=None, together=None, equal=False)
    """
    if difference is None or spread is None or spread.variance <= 0:
        return None

    def equals(seeds: int | None, images: int | None) -> bool:
        variance, reference = spread.at(seeds=seeds, images=images)
        if reference.freedom <= 0 or abs(difference) >= margin:
            return False
        error = float(np.sqrt(variance))
        if error == 0:
            return True
        if _out_of_reach((margin - abs(difference)) / error, reference=reference, confidence=confidence):
            return False
        sizes = {"freedom": reference.freedom, "margin": margin, "limit": reference.limit(confidence)}
        return power_to_equal(difference, error=error, confidence=confidence, **sizes) >= POWER

    def tells(seeds: int | None, images: int | None) -> bool:
        variance, reference = spread.at(seeds=seeds, images=images)
        if reference.freedom <= 0 or equals(seeds, images):
            return reference.freedom > 0
        error = float(np.sqrt(variance))
        if error == 0:
            return difference != 0
        if _out_of_reach(abs(difference) / error, reference=reference, confidence=confidence):
            return False
        sizes = {"freedom": reference.freedom, "limit": reference.limit(confidence)}
        return power_to_differ(difference, error=error, confidence=confidence, **sizes) >= POWER

    seeds = _smallest(lambda number: tells(number, spread.images), above=spread.seeds, most=MAX_SEEDS)
    seeds = None if spread.between_seeds is None else seeds
    size = spread.images
    if size is None or spread.between_images is None:
        return WouldTell(
            seeds=seeds, images=None, together=None, equal=seeds is not None and equals(seeds, spread.images)
        )
    images = _smallest(lambda number: tells(None, number), above=size, most=MAX_IMAGES)
    together: tuple[int, int] | None = None
    if seeds is None and images is None and spread.between_seeds is not None:
        grown = _smallest(
            lambda number: tells(number, size * number // spread.seeds),
            above=spread.seeds,
            most=min(MAX_SEEDS, MAX_IMAGES * spread.seeds // size),
        )
        together = None if grown is None else (grown, size * grown // spread.seeds)
    if seeds is not None:
        equal = equals(seeds, size)
    elif images is not None:
        equal = equals(None, images)
    else:
        equal = together is not None and equals(*together)
    return WouldTell(seeds=seeds, images=images, together=together, equal=equal)


def _out_of_reach(shift: float, *, reference: Reference, confidence: float) -> bool:
    """Whether something lies too near for an interval to exclude it with 80 % power, told without integration.

    T = (Z + shift) / S is beyond the limit t only where S < shift / t or, with probability 1/2 at most, Z > 0. With one
    degree of freedom S < 2/3 has probability 0.495, with more of them less. So a shift of 2/3 t has a power of 0.748 at
    most, and what T beyond -t adds is half of 1 - confidence at most. The normal's limit is never beyond t.

    Args:
        shift: its distance in standard errors.
        reference: what the error is compared with, of one degree of freedom or more.
        confidence: of the interval.
    """
    return confidence >= 0.9 and (
        shift < _LEAST * normal_quantile((1 + confidence) / 2) or shift < _LEAST * reference.limit(confidence)
    )


def _smallest(holds: Callable[[int], bool], *, above: int, most: int) -> int | None:
    """The smallest number above `above` and up to `most` at which something holds.

    It is sought upwards, for more need not always tell more: with very many images all that is left is what
    three seeds vouch for, and the quantile of their two degrees of freedom is wide.
    """
    low, high = above, above
    while high < most:
        low, high = high, min(most, high + max(1, high // _STEP))
        if holds(high):
            break
    else:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
