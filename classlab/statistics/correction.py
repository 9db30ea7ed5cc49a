"""Many comparisons at once: what keeps the probability of any false claim at its stated rate."""

from __future__ import annotations

from classlab.statistics.inputs import check_confidence, check_count


def simultaneous_confidence(confidence: float, *, comparisons: int) -> float:
    """The confidence of each interval at which all of a family hold at once with the stated confidence.

    1 - (1 - confidence) / comparisons, by Bonferroni's inequality: however the comparisons depend on each other, the
    probability that any interval misses is at most the sum of the probabilities that each does. The verdicts are
    read off these intervals, so that no verdict contradicts the interval beside it, and so that the claims of a study,
    "better", "worse" and "practically equal" alike, are all true at once with the stated confidence.

    Args:
        confidence: that all intervals hold.
        comparisons: size of the family.

    Raises:
        SpecError: `confidence` is no probability, or the family is empty.

    Example:
        >>> round(simultaneous_confidence(0.95, comparisons=10), 6)
        0.995

    References:
        Dunn (1961), "Multiple comparisons among means", Journal of the American Statistical Association 56.
    """
    check_confidence(confidence)
    check_count(comparisons, name="comparisons")
    return 1 - (1 - confidence) / comparisons
