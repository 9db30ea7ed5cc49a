"""How unlike the training images an image is: a score, and the threshold that few validation images exceed.

A network names a class for any image, and its probabilities do not say that it never saw such a thing. Three distances
do, each to the training images of the class that the network names: in the penultimate layer, between thumbnails, and
in figures of form. Their calibration is the run's own validation images. How the three were chosen, and what they find,
is in docs/evidence/own-pictures.md.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.appearance import FORMS
from classlab.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Rows = NDArray[np.floating[Any]]

FALSE_ALARMS = 0.05  # of the validation images lie above the threshold
LEAST_IMAGES = 100  # of validation: the 95th percentile of fewer is one image's affair
_AXES = 32  # of the penultimate layer, by principal components; 64 find no more
_PLANE = 10  # principal components of a class's thumbnails; 20 and 40 find no more
_OWN = 0.5  # share of a class's own covariance in what its distances are measured by; the rest is that of all classes
_SPARE, _ROUNDS = 10, 4  # further axes, and passes over the images: to find principal components without all of them
_RIDGE = 0.01  # of the mean variance, added to each axis


@dataclass(frozen=True, kw_only=True, eq=False)
class Unlikeness:
    """How unlike the training images some images are.

    Args:
        scores: one per image, `(images,)`; larger is less like.
        threshold: above it an image counts as unlike.
        false_alarms: the share of validation images above it, in [0, 1].
        images: how many validation images there were.
    """

    scores: NDArray[np.float64]
    threshold: float
    false_alarms: float
    images: int

    @property
    def alarms(self) -> NDArray[np.bool_]:
        """Which images are unlike the training images, `(images,)`."""
        return self.scores > self.threshold


@dataclass(frozen=True, kw_only=True, eq=False)
class Views:
    """Three views of images: rows of the penultimate layer (no columns where there is none), thumbnails, forms."""

    features: Rows
    thumbnails: Rows
    forms: Rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Likeness:
    """What the training images of each class have in common, and how far validation images are from it.

    Args:
        ground: brightness of the training images' ground, `(1,)`.
        feature_middle: `(features,)`.
        feature_axes: `(axes, features)`; no axes where the penultimate layer is not seen.
        feature_means: `(classes, axes)`.
        feature_scales: turns a difference into independent ones of variance 1, `(classes, axes, axes)`.
        form_means: `(classes, 4)`.
        form_scales: `(classes, 4, 4)`.
        thumbnail_means: `(classes, values)`.
        thumbnail_planes: `(classes, components, values)`.
        medians: of the three distances of the validation images, `(3,)`.
        spreads: from there to their 95th percentiles, `(3,)`.
        threshold: the 95th percentile of their scores, `(1,)`.
        images: how many validation images there were, `(1,)`.
    """

    ground: Floats
    feature_middle: Floats
    feature_axes: Floats
    feature_means: Floats
    feature_scales: Floats
    form_means: Floats
    form_scales: Floats
    thumbnail_means: Floats
    thumbnail_planes: Floats
    medians: Floats
    spreads: Floats
    threshold: Floats
    images: Floats

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything by name, for a file."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def scores(self, views: Views, classes: NDArray[np.int64]) -> NDArray[np.float64]:
        """How unlike the training images of the classes named images are, `(images,)`; larger is less like.

        Args:
            views: of the images.
            classes: what the network names, `(images,)`.
        """
        parts = (self._distances(views, classes) - self.medians) / self.spreads
        scores: NDArray[np.float64] = np.maximum(parts, 0).sum(axis=1)
        return scores

    def _distances(self, views: Views, classes: NDArray[np.int64]) -> NDArray[np.float64]:
        features = (views.features - self.feature_middle) @ self.feature_axes.T
        apart = views.thumbnails - self.thumbnail_means[classes]
        within = np.einsum("nv,ncv->nc", apart, self.thumbnail_planes[classes])
        return np.stack(
            [
                _squares(features, self.feature_means, self.feature_scales, classes),
                (apart**2).sum(axis=1) - (within**2).sum(axis=1),
                _squares(views.forms, self.form_means, self.form_scales, classes),
            ],
            axis=1,
        )


def _squares(rows: Rows, means: Floats, scales: Floats, classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Squared Mahalanobis distances of rows to the classes named, `(rows,)`."""
    apart = np.einsum("na,nab->nb", rows - means[classes], scales[classes])
    squares: NDArray[np.float64] = (apart**2).sum(axis=1)
    return squares


def likeness_from(arrays: Mapping[str, NDArray[Any]], *, classes: int, where: str) -> Likeness:
    """What a file holds, which may come from anyone, as a measure whose arrays fit one another.

    Args:
        arrays: by name.
        classes: of the run that it belongs to.
        where: the file, for the sentence.

    Raises:
        RecordError: an array is missing, strange, of another shape, or not finite.
    """
    if arrays.keys() == {field.name for field in fields(Likeness)}:
        axes, values = arrays["feature_axes"].shape[:1], arrays["thumbnail_means"].shape[1:]
        shapes = {
            "ground": (1,),
            "feature_middle": arrays["feature_axes"].shape[1:],
            "feature_axes": axes + arrays["feature_middle"].shape,
            "feature_means": (classes, *axes),
            "feature_scales": (classes, *axes, *axes),
            "form_means": (classes, FORMS),
            "form_scales": (classes, FORMS, FORMS),
            "thumbnail_means": (classes, *values),
            "thumbnail_planes": (classes, _PLANE, *values),
            "medians": (3,),
            "spreads": (3,),
            "threshold": (1,),
            "images": (1,),
        }
        if (
            all(
                arrays[name].shape == shape and arrays[name].dtype == np.float32 and np.isfinite(arrays[name]).all()
                for name, shape in shapes.items()
            )
            and (arrays["spreads"] > 0).all()
        ):
            return Likeness(**arrays)
    raise RecordError(
        f"{where} must hold what the training images of the run beside it have in common, but its arrays are others. "
        "Restore the file or train the run again."
    )


def fit_likeness(
    train: Views,
    labels: NDArray[np.int64],
    validation: Views,
    named: NDArray[np.int64],
    *,
    classes: int,
    ground: float,
) -> Likeness:
    """Learns what training images have in common, and calibrates it on validation images.

    Args:
        train: views of training images.
        labels: their classes, `(images,)`, each class present.
        validation: views of validation images.
        named: the classes that the network gives them, `(images,)`.
        classes: how many there are.
        ground: the training images' `ground_of`.
    """
    middle = train.features.mean(axis=0)
    axes = _components(train.features - middle, _AXES)
    rows = (train.features - middle) @ axes.T
    feature_means, feature_scales = _clouds(rows, labels, classes)
    form_means, form_scales = _clouds(train.forms, labels, classes)
    means = np.stack([train.thumbnails[labels == label].mean(axis=0) for label in range(classes)])
    planes = [_components(train.thumbnails[labels == label] - means[label], _PLANE) for label in range(classes)]
    parts: dict[str, NDArray[Any]] = {
        "ground": np.array([ground]),
        "feature_middle": middle,
        "feature_axes": axes,
        "feature_means": feature_means,
        "feature_scales": feature_scales,
        "form_means": form_means,
        "form_scales": form_scales,
        "thumbnail_means": means,
        # A class of few images has fewer components than another; rows of zeros are none.
        "thumbnail_planes": np.stack([np.pad(plane, ((0, _PLANE - len(plane)), (0, 0))) for plane in planes]),
        "medians": np.zeros(3),
        "spreads": np.ones(3),
        "threshold": np.zeros(1),
        "images": np.array([len(named)]),
    }
    return _calibrated(_likeness(parts), validation, named)


def _likeness(parts: Mapping[str, NDArray[Any]]) -> Likeness:
    return Likeness(**{name: part.astype(np.float32) for name, part in parts.items()})


def _calibrated(plain: Likeness, validation: Views, named: NDArray[np.int64]) -> Likeness:
    distances = plain._distances(validation, named)
    medians = np.median(distances, axis=0)
    spreads = np.quantile(distances, 1 - FALSE_ALARMS, axis=0) - medians
    # Without a spread (a view without columns) the distance is 0 for every image, and stays 0.
    scaled = _likeness(plain.arrays() | {"medians": medians, "spreads": np.where(spreads > 0, spreads, 1)})
    threshold = np.quantile(scaled.scores(validation, named), 1 - FALSE_ALARMS)
    return _likeness(scaled.arrays() | {"threshold": np.array([threshold])})


def _components(rows: Rows, most: int) -> Rows:
    """Principal components of rows whose mean is 0, largest first, `(components, columns)`, at most as asked.

    References:
        N. Halko, P. G. Martinsson and J. A. Tropp (2011), Finding structure with randomness, SIAM Review 53, algorithm
        4.4.
    """
    number = min(most + _SPARE, *rows.shape)
    plane = np.random.default_rng(0).normal(size=(rows.shape[1], number)).astype(rows.dtype)
    for _ in range(_ROUNDS):
        plane = np.linalg.qr(rows.T @ (rows @ plane))[0]
    return (np.linalg.svd(np.linalg.qr(rows @ plane)[1])[2] @ plane.T)[:most]


def _clouds(rows: Rows, labels: NDArray[np.int64], classes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of the classes, and what turns a difference into independent ones of variance 1."""
    rows = rows.astype(np.float64)  # what is inverted below is near to singular where images vary little
    means = np.stack([rows[labels == label].mean(axis=0) for label in range(classes)])
    apart = rows - means[labels]
    shared = apart.T @ apart / len(rows)
    columns = rows.shape[1]
    scales = np.zeros((classes, columns, columns))
    for label in range(classes if columns else 0):
        own = apart[labels == label]
        # The covariance of few images has axes along which nothing varies by chance.
        share = _OWN if len(own) >= 4 * columns else 0.0
        covariance = (1 - share) * shared + share * own.T @ own / len(own)
        ridge = _RIDGE * max(float(np.trace(covariance)) / columns, 1e-12)  # nothing varies: any image is far
        scales[label] = np.linalg.cholesky(np.linalg.inv(covariance + ridge * np.eye(columns)))
    return means, scales
