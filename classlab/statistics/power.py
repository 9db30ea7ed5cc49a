"""How many paired seeds would tell, if the truth is what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.statistics.distributions import noncentral_student
from classlab.statistics.estimate import t_quantile
from classlab.statistics.inputs import check_confidence, check_count, check_margin

if TYPE_CHECKING:
    from collections.abc import Callable

POWER = 0.8  # Cohen's convention (1988, section 2.4): one study in five may miss what is there
MAX_SEEDS = 1000  # nobody trains more; a larger answer is no answer


def _t_below(limit: float, *, n: int, shift: float) -> float:
    """P(T < limit) for noncentral T with n - 1 degrees of freedom; SciPy gives NaN in tails too thin for a double."""
    probability = noncentral_student(n - 1, shift, limit)
    return probability if np.isfinite(probability) else float(shift < limit)


def power_to_differ(*, difference: float, sd: float, n: int, confidence: float) -> float:
    """Probability that n paired seeds give an interval that excludes zero.

    With t = t_quantile(n) and T noncentral t with n - 1 degrees of freedom and noncentrality
    difference * sqrt(n) / sd, it is P(T > t) + P(T < -t).

    Args:
        difference: true mean difference.
        sd: true standard deviation of the differences, above zero.
        n: pairs, at least two.
        confidence: of the interval.

    Example:
        >>> round(power_to_differ(difference=0.01, sd=0.01, n=10, confidence=0.95), 3)
        0.803

    References:
        Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", 2nd ed., section 12.
    """
    limit = t_quantile(n, confidence=confidence)
    shift = abs(difference) * float(np.sqrt(n)) / sd
    return 1 - _t_below(limit, n=n, shift=shift) + _t_below(-limit, n=n, shift=shift)


def power_to_equal(*, difference: float, sd: float, n: int, margin: float, confidence: float) -> float:
    """Probability, from below, that n paired seeds give an interval that lies within [-margin, margin].

    The lower end must stay above -margin and the upper below margin. Each alone has the probability of a one-sided
    noncentral t; the probability of both is at least their sum minus one (Boole's inequality), and nearly that where
    it matters, above one half.

    Args:
        difference: true mean difference.
        sd: true standard deviation of the differences, above zero.
        n: pairs, at least two.
        margin: differences of this size or less do not matter.
        confidence: of the interval.

    Example:
        >>> round(power_to_equal(difference=0.0, sd=0.001, n=8, margin=0.002, confidence=0.95), 3)
        0.995

    References:
        Phillips (1990), "Power of the two one-sided tests procedure in bioequivalence", Journal of Pharmacokinetics
        and Biopharmaceutics 18; Julious (2004), "Sample sizes for clinical trials with normal data", Statistics in
        Medicine 23, section 5 (the sum minus one).
    """
    limit = t_quantile(n, confidence=confidence)
    root = float(np.sqrt(n)) / sd
    above = 1 - _t_below(limit, n=n, shift=(margin + difference) * root)
    below = 1 - _t_below(limit, n=n, shift=(margin - difference) * root)
    return max(0.0, above + below - 1)


def seeds_needed(*, difference: float, sd: float, n: int, margin: float, confidence: float) -> int | None:
    """The smallest number of paired seeds at which a study like this one would tell.

    "Like this one" takes the measured difference and spread for the truth; "tell" means that with 80 % power the
    interval excludes zero, or that with 80 % power it lies within the margin, whichever takes fewer seeds. It is a
    rough guide: five seeds give the spread within a factor of about two, and the number goes with its square.

    Args:
        difference: mean difference measured.
        sd: standard deviation of the differences measured.
        n: pairs measured; the answer is larger.
        margin: differences of this size or less do not matter.
        confidence: of the interval, corrected for the family where there is one.

    Returns:
        The number of pairs, or None where even `MAX_SEEDS` (1,000) would not do, or where the measured differences
        have no spread to reckon with.

    Raises:
        SpecError: an argument that makes no sense.

    Example:
        >>> seeds_needed(difference=0.005, sd=0.01, n=5, margin=0.002, confidence=0.95)
        34
    """
    check_confidence(confidence)
    check_margin(margin)
    check_count(n, name="n")
    if sd <= 0:
        return None

    def differs(seeds: int) -> bool:
        return power_to_differ(difference=difference, sd=sd, n=seeds, confidence=confidence) >= POWER

    def equals(seeds: int) -> bool:
        return power_to_equal(difference=difference, sd=sd, n=seeds, margin=margin, confidence=confidence) >= POWER

    answers = (_smallest(differs, above=n), _smallest(equals, above=n) if abs(difference) < margin else None)
    return min((answer for answer in answers if answer is not None), default=None)


def _smallest(holds: Callable[[int], bool], *, above: int) -> int | None:
    """The smallest number above `above` and up to MAX_SEEDS at which something holds that goes on holding."""
    low, high = max(above, 1), MAX_SEEDS
    if low >= high or not holds(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
