"""What an error in standard errors is compared with: Student's t, or a mixture where seeds and images vary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import erfc, exp, floor, lgamma, log, log2, sqrt
from typing import TYPE_CHECKING

import numpy as np

from classlab.statistics.distributions import normal_quantile, student, student_quantile
from classlab.statistics.distributions.noncentral import scales_of
from classlab.statistics.roots import root

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NOTHING = 1e-10  # a weight that no probability of interest shows
_KEPT = 4096  # limits that are remembered, as of Student's t
_MANY = 50  # degrees of freedom from which a normal cube root is exact to half a percent of any probability


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The distribution of a mean's error over the root of its estimated variance.

    The variance has two parts, A of the seeds with f degrees of freedom and B of the images with g. What is known of
    the true parts is taken for f A / chi^2_f and g B / chi^2_g, and the error for normal with their sum: without what
    follows this is the Behrens-Fisher distribution, whose intervals hold at least as often as stated (Robinson 1976).
    Two things are added. With three seeds and more these intervals hold far more often, so a true part a of the seeds
    counts with the weight (1 + B / a)^((f - 1) / f). And accuracies are no normal distribution over seeds; A is taken
    with the square of the unbiased standard deviation, A / c4^2, c4 being what s is of sigma on average. For normal
    errors and any true share, intervals at 0.95 and 0.99 then miss at most in 0.050 and 0.011 (docs/statistics.md).

    Args:
        seed_share: A / (A + B).
        of_seeds: f; 0 with one seed.
        of_images: g; None where single images are not known.

    References:
        Fisher (1935), "The fiducial argument in statistical inference", Annals of Eugenics 6; Robinson (1976),
        "Properties of Student's t and of the Behrens-Fisher solution to the two means problem", Annals of Statistics 4;
        Datta and Mukerjee (2004), "Probability Matching Priors: Higher Order Asymptotics" (why a weight); Holtzman
        (1950), "The unbiased estimate of the population variance and standard deviation", American Journal of
        Psychology 63 (c4).
    """

    seed_share: float
    of_seeds: float
    of_images: float | None

    @property
    def freedom(self) -> float:
        """Of the whole variance (Satterthwaite): 1 / (share^2 / f + (1 - share)^2 / g).

        They are right where the share is the true one, as in reckoning with a study of another size. There are
        none where a single seed would have to tell.
        """
        if self.of_seeds <= 0 < self.seed_share:
            return 0.0
        by_seeds = self.seed_share**2 / self.of_seeds if self.seed_share > 0 else 0.0
        by_images = (1 - self.seed_share) ** 2 / self.of_images if self.of_images else 0.0
        total = by_seeds + by_images
        return 1 / total if total > 0 else float("inf")

    def limit(self, confidence: float) -> float:
        """What the error stays within, to either side, with a probability; in standard errors."""
        if self.of_images is None or self._one_part:
            return self._stretch * student_quantile(self.freedom, (1 + confidence) / 2)
        return _limit(confidence, self._longer, self.seed_share, self.of_seeds, self.of_images)

    def p_value(self, statistic: float) -> float:
        """Probability of an error as large, to either side; in standard errors."""
        if self.of_images is None or self._one_part:
            return 2 * student(self.freedom, -abs(statistic) / self._stretch)
        return _beyond(abs(statistic), *_variances(self._longer, self.seed_share, self.of_seeds, self.of_images))

    @property
    def _one_part(self) -> bool:
        return self.of_seeds <= 0 or not 0 < self.seed_share < 1

    @property
    def _longer(self) -> float:
        """What the seeds' standard deviation is multiplied with."""
        return 1 / expected_root(self.of_seeds) if self.of_seeds > 0 else 1.0

    @property
    def _stretch(self) -> float:
        return self._longer if self.seed_share > 0 else 1.0


def expected_root(freedom: float) -> float:
    """c4, the mean of a sample standard deviation with these degrees of freedom, over the true one.

    Example:
        >>> round(expected_root(4), 4)
        0.94
    """
    return sqrt(2 / freedom) * exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2))


def _beyond(value: float, variances: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    halves = (value / np.sqrt(2 * variances)).tolist()
    return float(weights @ np.fromiter(map(erfc, halves), np.float64, len(halves)))


@lru_cache(maxsize=_KEPT)
def _limit(confidence: float, longer: float, share: float, of_seeds: float, of_images: float) -> float:
    variances, weights = _variances(longer, share, of_seeds, of_images)
    upper = (1 + confidence) / 2
    most = 2 * longer * (student_quantile(of_seeds, upper) + student_quantile(of_images, upper))
    ends = log(normal_quantile(upper) / 2), log(most)  # the mean of 1 / deviation is below 2
    return exp(root(lambda u: 1 - confidence - _beyond(exp(u), variances, weights), *ends, within=1e-8))


def _variances(
    longer: float, share: float, of_seeds: float, of_images: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """True variances as shares of the estimated one, and their weights, `(values,)` each."""
    squares, weights = _chi_squares(of_seeds)
    squares = squares / longer**2
    others, of_others = _chi_squares(of_images)
    weights = weights * (1 + (1 - share) / share * squares) ** ((of_seeds - 1) / of_seeds)
    variances = np.add.outer(share / squares, (1 - share) / others)
    joint = np.outer(weights / weights.sum(), of_others)
    return variances[joint > _NOTHING], joint[joint > _NOTHING]


@lru_cache(maxsize=_KEPT)
def _chi_squares(freedom: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of chi^2 over its degrees of freedom by which expectations are sums, and their weights, `(values,)` each.

    Few degrees of freedom take the trapezoidal rule of the noncentral t at four times its distance; with many, the cube
    root is normal (Wilson and Hilferty 1931), and Gauss's rule takes seven values.
    """
    if freedom < _MANY:
        scales, weights = scales_of(freedom, 2.0 ** floor(log2(2.4 / sqrt(2 * (freedom + 16)))))
        return scales**2, weights
    normals, weights = np.polynomial.hermite_e.hermegauss(7)
    part = 2 / (9 * freedom)
    return (1 - part + normals * sqrt(part)) ** 3, weights / weights.sum()
