"""Figures that count every class alike, taken apart image by image: balanced accuracy and macro F1.

Neither is a mean over images, but each is a smooth function of means, so what one image moves it by is known: its
influence. Figure plus influence is a row whose mean is the figure and whose variance over images is the figure's (the
delta method, or infinitesimal jackknife). With these rows seeds and images are told apart as for accuracies (`spread`).

A small class breaks the approximation: three images that are all recognised have no variance. So counts are adjusted
as Price and Bonett adjust those of a linear function of binomial proportions, which are what recalls of a fixed network
are, and the images' part of the variance is never less than what the adjusted counts give.

References:
    Jaeckel (1972), "The infinitesimal jackknife", Bell Laboratories memorandum; Price and Bonett (2004), "An improved
    confidence interval for a linear function of binomial proportions", Computational Statistics and Data Analysis 45;
    Bonett and Price (2012), "Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data", Journal of Educational and Behavioral Statistics 37; Satterthwaite (1946), see `spread`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.statistics.spread import Spread


@dataclass(frozen=True, kw_only=True, eq=False)
class ByClass:
    """What is behind a figure that counts every class alike.

    Args:
        labels: each image's class, from 0 without gaps, `(images,)`.
        right: whether a run is right on an image, `(seeds, images)`.
        slopes: what the figure rises by where the recall of a class does, `(seeds, classes)`.
    """

    labels: NDArray[np.int64]
    right: NDArray[np.bool_]
    slopes: NDArray[np.float64]

    def only(self, seeds: NDArray[np.bool_]) -> ByClass:
        """Of some seeds."""
        return replace(self, right=self.right[seeds], slopes=self.slopes[seeds])

    @property
    def images(self) -> NDArray[np.int64]:
        """How many there are of each class, `(classes,)`."""
        return np.bincount(self.labels)


@dataclass(frozen=True, kw_only=True)
class Adjusted:
    """A figure, or a difference of two, of adjusted counts.

    Args:
        shift: what the adjustment adds to it.
        variance: that images alone give it.
        freedom: degrees of freedom of that variance.
    """

    shift: float
    variance: float
    freedom: float


def balanced_accuracy_rows(right: NDArray[np.bool_], labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], ByClass]:
    """Rows whose means are balanced accuracies, `(seeds, images)`, and what is behind them.

    An image of class c moves it by n / (k n_c) (right - recall of c), with n_c of n images in one of k classes.

    Args:
        right: whether a run is right on an image, `(seeds, images)`.
        labels: each image's class, `(images,)`.

    Example:
        >>> rows, _ = balanced_accuracy_rows(np.array([[True, True, False, True]]), np.array([0, 0, 0, 1]))
        >>> round(float(rows.mean()), 4)
        0.8333
    """
    _, places = np.unique(labels, return_inverse=True)
    found = ByClass(labels=places, right=right, slopes=np.ones((len(right), int(places.max()) + 1)))
    recalls = np.stack([np.bincount(places, weights=row) for row in right]) / found.images
    weights = len(labels) / (len(found.images) * found.images)
    rows = recalls.mean(axis=1, keepdims=True) + weights[places] * (right - recalls[:, places])
    return rows, found


def macro_f1_rows(answers: NDArray[np.int64], labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], ByClass]:
    """Rows whose means are macro F1s, `(seeds, images)`, and what is behind them.

    F1 of a class is 2 r / (t + p), r the share of all images that are of it and taken for it, t that of its images and
    p that of images taken for it. An image moves it by (2 [r] - F1 ([t] + [p])) / (t + p).

    Args:
        answers: the class that a run takes an image for, `(seeds, images)`.
        labels: each image's class, `(images,)`.

    Example:
        >>> rows, _ = macro_f1_rows(np.array([[0, 0, 1, 1]]), np.array([0, 0, 0, 1]))
        >>> round(float(rows.mean()), 4)
        0.7333
    """
    present, places = np.unique(labels, return_inverse=True)
    rows, slopes = [], []
    for answer in answers:
        total, own = np.zeros(len(labels)), np.zeros(len(present))
        classes = np.union1d(present, answer)
        for each in classes:
            true, taken = labels == each, answer == each
            both, whole = 2.0 * (true & taken), true.astype(np.float64) + taken
            f1 = both.sum() / whole.sum()
            total += f1 + (both - f1 * whole) / whole.mean()
            own[present == each] = true.sum() * (2 - f1) / whole.sum() * len(present) / len(classes)
        rows.append(total / len(classes))
        slopes.append(own)
    found = ByClass(labels=places, right=answers == labels, slopes=np.stack(slopes))
    return np.stack(rows), found


def adjusted_figure(of: ByClass) -> Adjusted:
    """One arm's figure of adjusted counts: with k classes 2 / k right images and as many wrong ones are added to each.

    With one seed this is Price and Bonett's; of several, an image counts with the share of seeds that are right on it.
    """
    more = 2 / len(of.images)
    return _adjusted(of.right.mean(axis=0), of, added=((1.0, more), (0.0, more)), slopes=of.slopes.mean(axis=0))


def adjusted_difference(first: ByClass, second: ByClass) -> Adjusted:
    """The difference of two arms on the same images, of adjusted counts.

    With k classes 1 / k images on which the first alone is right, and as many for the second, are added to each.
    """
    more = 1 / len(first.images)
    values = first.right.mean(axis=0) - second.right.mean(axis=0)
    slopes = (first.slopes.mean(axis=0) + second.slopes.mean(axis=0)) / 2
    return _adjusted(values, first, added=((1.0, more), (-1.0, more)), slopes=slopes)


def _adjusted(
    values: NDArray[np.float64], of: ByClass, *, added: tuple[tuple[float, float], ...], slopes: NDArray[np.float64]
) -> Adjusted:
    """A sum over classes of slopes times means of values, of adjusted counts.

    Args:
        values: one per image, `(images,)`.
        of: the images' classes.
        added: values that are added to each class, each with the number of images that have it.
        slopes: by class.
    """
    counts, classes = of.images, len(of.images)
    whole = counts + sum(number for _, number in added)
    plain = np.bincount(of.labels, weights=values)
    moved = (plain + sum(value * number for value, number in added)) / whole
    apart = np.bincount(of.labels, weights=(values - moved[of.labels]) ** 2)
    squares = apart + sum(number * (value - moved) ** 2 for value, number in added)
    parts = (slopes / classes) ** 2 * squares / whole**2
    return Adjusted(
        shift=float((slopes * (moved - plain / counts)).mean()),
        variance=float(parts.sum()),
        freedom=_freedom(parts, counts),
    )


def with_least_variance(found: Spread, adjusted: Adjusted) -> Spread:
    """A spread whose images add no less than adjusted counts say, with the degrees of freedom that small classes leave.

    Args:
        found: of the rows.
        adjusted: of the same figure.
    """
    images = found.images or 1
    of_images, residual = (found.between_images or 0.0) / images, (found.both or 0.0) / (images * found.seeds)
    more = max(adjusted.variance - of_images - residual, 0.0)
    return replace(
        found,
        between_images=(of_images + more) * images,
        variance=found.variance + more,
        seed_share=found.seed_share * found.variance / (found.variance + more) if more > 0 else found.seed_share,
        image_freedom=adjusted.freedom,
    )


def _freedom(parts: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    """Of a sum of variances of classes, each with one less than its images, and at least one."""
    return float(parts.sum() ** 2 / (parts**2 / np.maximum(counts - 1, 1)).sum())
