"""Many comparisons at once: what keeps any false claim at its stated rate, and what dependence leaves of a family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.statistics.distributions import normal, normal_quantile
from classlab.statistics.inputs import check_confidence, check_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.statistics.sample import Sample


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


MOST_ARMS = 100  # whose dependence is drawn: 4,950 pairs, about a second a step; beyond them Bonferroni's bound serves
_DRAWS = 20_000  # the 0.05 quantile of a smallest p value is then known to some three per cent of itself
_NOTHING = 1e-9  # arms whose difference has no spread cannot be told apart by luck


def error_root(samples: Sequence[Sample]) -> NDArray[np.float64] | None:
    """A root of the covariance of the arms' mean errors, `(arms, arms)`: a row for each arm.

    The same mean squares and products that give the variance of a difference (`classlab.statistics.spread`) give the
    covariance of two arms. A correlation over a few seeds is mostly noise, so it is brought down as the share of
    variance that it explains is, R^2 to 1 - (1 - R^2)(S - 1) / (S - 2): two arms that do the same from seed to seed
    keep their correlation, a correlation of one half over five seeds counts for nothing.

    Args:
        samples: one per arm, paired by seed.

    Returns:
        The root, or None where it is not known for every arm which images its runs get right, and for the same images.
    """
    tables = [_filled(each) for each in samples]
    known = [table for table in tables if table is not None]
    sets = {each.image_set for each in samples}
    if len(known) < len(samples) or len(sets) > 1 or len({table.shape for table in known}) > 1:
        return None
    seeds, images = known[0].shape
    by_seed = np.stack([table.mean(axis=1) for table in known])
    off_image = np.stack([table.mean(axis=0) for table in known]) - by_seed.mean(axis=1, keepdims=True)
    of_images = off_image @ off_image.T / (images - 1) / images
    if seeds == 1:
        return root_of(of_images)
    residual = np.zeros((len(known), len(known)))
    for seed in range(seeds):  # one at a time: all of them as doubles would take gigabytes in a large study
        rest = np.stack([table[seed] for table in known]) - by_seed[:, seed, None] - off_image
        residual += rest @ rest.T
    residual /= (seeds - 1) * (images - 1)
    return root_of(_of_seeds(by_seed) + _possible(of_images - residual / (seeds * images)))


def joint_level(root: NDArray[np.float64], pairs: Mapping[int, Sequence[int]], *, confidence: float) -> float:
    """The p value at which each of a family of pairs may be tested so that all claims hold at once.

    It is the quantile of the smallest p value among the pairs where no arm differs from another, with the arms'
    dependence as it was measured: the single-step minimum-p method (Westfall and Young 1993), drawn from a normal
    distribution. Pairs that say the same count once.

    Args:
        root: see `error_root`.
        pairs: for each first arm its second ones; every pair once.
        confidence: that all claims hold.

    References:
        Westfall and Young (1993), "Resampling-Based Multiple Testing", section 2.3.
    """
    errors = np.random.default_rng(0).standard_normal((_DRAWS, root.shape[1])) @ root.T
    largest = np.zeros(_DRAWS)
    for first, seconds in pairs.items():
        chosen = np.array(seconds, dtype=np.int64)
        spreads = np.sqrt(((root[first] - root[chosen]) ** 2).sum(axis=1))
        there = spreads > _NOTHING
        if there.any():
            apart = np.abs(errors[:, [first]] - errors[:, chosen[there]]) / spreads[there]
            np.maximum(largest, apart.max(axis=1), out=largest)
    # Drawn quantiles scatter: a family must never be tested more leniently than one comparison by itself.
    limit = max(float(np.quantile(largest, confidence)), normal_quantile((1 + confidence) / 2))
    return 2 * normal(-limit)


def _filled(sample: Sample) -> NDArray[np.int8] | NDArray[np.float64] | None:
    """Right or wrong by seed and image; a missing run does what the arm's other runs do on average."""
    if sample.by_image is None or not sample.there.any():
        return None
    if sample.there.all():
        return sample.by_image
    table = sample.by_image.astype(np.float64)
    table[~sample.there] = table[sample.there].mean(axis=0)
    return table


def _of_seeds(by_seed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of the arms' means over seeds, with what a few seeds can vouch for of their correlations."""
    seeds = by_seed.shape[1]
    covariance = np.atleast_2d(np.cov(by_seed)) / seeds
    spreads = np.sqrt(np.diag(covariance))
    scale = np.outer(spreads, spreads)
    correlation = np.divide(covariance, scale, out=np.eye(len(scale)), where=scale > 0)
    lost = (1 - correlation**2) * (seeds - 1) / max(seeds - 2, _NOTHING)
    kept: NDArray[np.float64] = np.sign(correlation) * np.sqrt(np.clip(1 - lost, 0.0, 1.0)) * scale
    return kept


def _possible(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """A covariance whose variances were estimated by subtraction: none below zero, and nothing hangs on such a one."""
    scale = (np.diag(covariance) > 0).astype(np.float64)
    found: NDArray[np.float64] = covariance * np.outer(scale, scale)
    return found


def root_of(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """A root of a covariance `(arms, arms)`; one estimated pair by pair may be slightly impossible."""
    values, vectors = np.linalg.eigh(covariance)
    found: NDArray[np.float64] = vectors * np.sqrt(np.clip(values, 0.0, None))
    return found
