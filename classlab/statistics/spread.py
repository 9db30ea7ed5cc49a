"""Where the error of a mean over seeds and images comes from: the seeds, the images, or both together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics.reference import Reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDING = 1e-12  # figures this close, as a share of the largest, are equal: a double keeps 16 digits
_AT_ONCE = 1 << 22  # single figures whose residuals are in memory at once: 32 MiB


@dataclass(frozen=True, kw_only=True)
class Spread(Record):
    """Variance components of a figure that was measured with several seeds on several images, each on each.

    Args:
        seeds: how many seeds were measured.
        images: how many images each was measured on; None where only the seeds' means are known.
        between_seeds: variance of a seed's mean over all images there could be, beyond what the images at hand add;
            None with one seed, which has no spread.
        between_images: variance of an image's mean over all seeds there could be; None where images are not known.
        both: variance of what is left: how differently one image falls out from seed to seed; None where not known.
        variance: of the mean over these seeds and images, about the mean over all seeds and images.
        seed_share: share of `variance` that the seeds have to vouch for.
        seed_freedom: degrees of freedom of the seeds' part: one less than the seeds where they are paired.
        freedom_per_seed: degrees of freedom that a further seed of each arm adds: 1 where seeds are paired.
        lasting_unpaired: what `lasting` is of arms without pairs, whose numbers of seeds may differ; None with pairs.
        image_freedom: degrees of freedom of the images' part, where it is not one less than the images because classes
            of few images have much of it.
    """

    seeds: int
    images: int | None
    between_seeds: float | None
    between_images: float | None
    both: float | None
    variance: float
    seed_share: float
    seed_freedom: float
    freedom_per_seed: float = 1.0
    lasting_unpaired: float | None = None
    image_freedom: float | None = None

    @property
    def reference(self) -> Reference:
        """What an error in standard errors, the roots of `variance`, is compared with."""
        return self._reference(self.seed_share, self.seed_freedom, self.images)

    @property
    def lasting(self) -> float:
        """The part of `variance` that no number of images would remove: between_seeds / seeds."""
        of_seeds = self.lasting_unpaired
        return min((self.between_seeds or 0.0) / self.seeds if of_seeds is None else of_seeds, self.variance)

    def at(self, *, seeds: int | None, images: int | None) -> tuple[float, Reference]:
        """Variance that a study of another size would have, and what its errors would be compared with.

        Args:
            seeds: how many, of each arm; None for those at hand, which may be more of one arm than of the other.
            images: how many; None where they are not known.
        """
        of_seeds = self._freedom_of(seeds)
        if images is None or self.between_images is None:  # single images are not known
            variance = self.lasting if seeds is None else (self.between_seeds or 0.0) / seeds
            return variance, self._reference(1.0, of_seeds, None)
        by_seeds = self._by_seeds(seeds, images)
        variance = by_seeds + self.between_images / images
        share = by_seeds / variance if variance > 0 else 0.0
        return variance, self._reference(share, of_seeds, images)

    def _reference(self, share: float, of_seeds: float, images: int | None) -> Reference:
        of_images = None if images is None or images < 2 else images - 1.0
        if of_images is not None and self.image_freedom is not None and self.images:
            of_images = self.image_freedom * (of_images + 1) / self.images
        return Reference(seed_share=share, of_seeds=of_seeds, of_images=of_images)

    def _freedom_of(self, seeds: int | None) -> float:
        if seeds is None:
            return self.seed_freedom
        return self.freedom_per_seed * (seeds - 1) if self.seeds > 1 else 0.0

    def _by_seeds(self, seeds: int | None, images: int) -> float:
        """What the seeds add to the variance, on so many images."""
        if seeds is None and self.lasting_unpaired is not None:
            rest = self.variance - self.lasting - (self.between_images or 0.0) / (self.images or images)
            return self.lasting + max(rest, 0.0) * (self.images or images) / images
        return ((self.between_seeds or 0.0) + (self.both or 0.0) / images) / (seeds or self.seeds)


def spread(values: NDArray[np.int8] | NDArray[np.float64]) -> Spread:
    """Takes a crossed table of figures apart into seeds, images and the rest.

    With S seeds, n images and mean squares between seeds (MS_S), between images (MS_I) and of the residual (MS_R), the
    variance of the mean is (MS_S + max(MS_I - MS_R, 0)) / (n S): the multi-reader multi-case analysis of radiology,
    with seeds for readers and images for cases. Its parts have degrees of freedom of their own, S - 1 and n - 1, and an
    error is compared with what both together leave open (`Reference`). Degrees of freedom of the whole, as
    Satterthwaite's, would not do: the mean square of a few seeds is often small by chance, and the images' part would
    then lend it degrees of freedom that it does not have.

    Args:
        values: `(seeds, images)`, finite; with one seed only the images vary.

    Raises:
        SpecError: there is no seed, or fewer than two images.

    Example:
        >>> import numpy as np
        >>> found = spread(np.array([[1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0]]))
        >>> round(found.variance, 4), round(found.reference.limit(0.95), 2)
        (0.0573, 8.86)

    References:
        Obuchowski and Rockette (1995), "Hypothesis testing of diagnostic accuracy for multiple readers and multiple
        tests", Communications in Statistics: Simulation and Computation 24; Hillis (2007), "A comparison of
        denominator degrees of freedom methods for multiple observer ROC analysis", Statistics in Medicine 26; Gallas
        (2006), "One-shot estimate of MRMC variance: AUC", Academic Radiology 13.
    """
    if values.ndim != 2 or len(values) < 1 or values.shape[1] < 2:
        raise SpecError(
            f"`values` must have the shape (seeds, images) with at least 1 seed and 2 images, but got "
            f"shape={values.shape}. Give one row per seed."
        )
    seeds, images = values.shape
    by_image = values.mean(axis=0)
    if seeds == 1:
        return _of_one_seed(float(by_image.var(ddof=1)), images=images)
    largest = max(abs(float(values.max())), abs(float(values.min())))
    of_seeds = images * variance_of(values.mean(axis=1), scale=largest)
    of_images = seeds * float(by_image.var(ddof=1))
    residual = _residuals(values, by_image) / ((seeds - 1) * (images - 1))
    unit = 1.0 if values.dtype.kind == "i" else 0.0
    return _combined(of_seeds, of_images, residual, seeds=seeds, images=images, unit=unit)


def spread_of_images(share: float, *, images: int) -> Spread:
    """The spread of one network's accuracy over images, of which only their number is known.

    Args:
        share: its accuracy, 0 to 1.
        images: how many, at least two.
    """
    return _of_one_seed(share * (1 - share) * images / (images - 1), images=images)


def spread_of_seeds(figures: NDArray[np.float64], *, images: int | None = None, scale: float | None = None) -> Spread:
    """The spread of seeds' means where single images are not known: `variance` holds for other seeds only.

    Args:
        figures: `(seeds,)`, at least two.
        images: how many images are behind each, where that is known.
        scale: as in `variance_of`.
    """
    variance = variance_of(figures, scale=scale)
    return Spread(
        seeds=len(figures),
        images=images,
        between_seeds=variance,
        between_images=None,
        both=None,
        variance=variance / len(figures),
        seed_share=1.0,
        seed_freedom=float(len(figures) - 1),
    )


def variance_of(figures: NDArray[np.float64], *, scale: float | None = None) -> float:
    """The sample variance of figures; exactly zero where they are equal but for rounding.

    Accuracies move in steps of one image, so that a few seeds often have the same one. The rounding of their mean then
    leaves a variance of 1e-32, from which an interval of no width would follow.

    Args:
        figures: `(seeds,)`, at least two.
        scale: the largest figure behind them, where they are differences; their own largest where it is None.

    Example:
        >>> float(np.var([0.1, 0.1, 0.1], ddof=1)) > 0, variance_of(np.array([0.1, 0.1, 0.1]))
        (True, 0.0)
    """
    largest = float(np.abs(figures).max()) if scale is None else scale
    return 0.0 if float(np.ptp(figures)) <= _ROUNDING * largest else float(figures.var(ddof=1))


def _residuals(values: NDArray[np.int8] | NDArray[np.float64], by_image: NDArray[np.float64]) -> float:
    """Sum of squares of what is left of a table without the means of its seeds and images, some rows at a time."""
    total, mean = 0.0, float(by_image.mean())
    rows = max(1, _AT_ONCE // values.shape[1])
    for at in range(0, len(values), rows):
        rest = values[at : at + rows] - by_image
        rest -= values[at : at + rows].mean(axis=1, keepdims=True) - mean
        total += float(np.vdot(rest, rest))
    return total


def _of_one_seed(between_images: float, *, images: int) -> Spread:
    """With one seed only the images vary."""
    return Spread(
        seeds=1,
        images=images,
        between_seeds=None,
        between_images=between_images,
        both=None,
        variance=between_images / images,
        seed_share=0.0,
        seed_freedom=0.0,
    )


def _combined(of_seeds: float, of_images: float, residual: float, *, seeds: int, images: int, unit: float) -> Spread:
    """From mean squares to components; single figures come in multiples of `unit`, 0 where in any size."""
    from_images = of_images - residual if of_images > residual * (1 + _ROUNDING) else 0.0
    total = of_seeds + from_images
    if total <= _ROUNDING * residual:
        total = residual  # equal means by chance: what single images do from seed to seed is still seen
    # Equal means of a few seeds say that they lie within one step, unit / n, over which a variance is step^2 / 12.
    part = max(total - from_images, unit**2 / (12 * images) if from_images else 0.0)
    return Spread(
        seeds=seeds,
        images=images,
        between_seeds=max(of_seeds - residual, 0.0) / images,
        between_images=from_images / seeds,
        both=residual,
        variance=total / (images * seeds),
        seed_share=part / (part + from_images) if total > 0 else 0.0,
        seed_freedom=float(seeds - 1),
    )
