"""One arm as the statistics see it: a figure by seed, and where it is known by seed and image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.errors import SpecError
from classlab.statistics.inputs import Values, figures

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Kind = Literal["accuracy", "loss", "score"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """What was measured of an arm.

    Args:
        by_seed: float64, `(seeds,)`, NaN where a run failed or diverged; shares from 0 to 1 where they are accuracies.
        by_image: int8 or float64, `(seeds, images)`, whose row means are `by_seed`: 1 where the run is right on the
            image and 0 where not, or the loss; None where only `by_seed` is known.
        images: how many images are behind each figure; None where that is not known.
        kind: whether figures are accuracies, on a scale from 0 to 1; losses, of which less is better; or scores without
            ends to their scale, of which more is better.
        image_set: names the images; samples with the same name were measured on the same images in the same order.
        absent: how many of the seeds without a figure the arm was never run with, so that nothing went wrong there.
    """

    by_seed: NDArray[np.float64]
    by_image: NDArray[np.int8] | NDArray[np.float64] | None
    images: int | None
    kind: Kind = "accuracy"
    image_set: str = ""
    absent: int = 0

    @property
    def there(self) -> NDArray[np.bool_]:
        """Which seeds have a figure, `(seeds,)`."""
        found: NDArray[np.bool_] = ~np.isnan(self.by_seed)
        return found


def sample(
    values: Values,
    *,
    by_image: ArrayLike | None = None,
    images: int | None = None,
    kind: Kind = "accuracy",
    image_set: str = "",
    absent: int = 0,
) -> Sample:
    """Takes an arm's figures in, checked.

    Args:
        values: one figure per seed, `(seeds,)`; None or NaN where a run failed or diverged.
        by_image: `(seeds, images)`, true or 1 where a run is right on an image, or its loss there; rows of runs without
            a figure are not looked at. None where that is not known.
        images: how many images are behind each figure, where `by_image` is not known.
        kind: what the figures are.
        image_set: names the images.
        absent: how many of the missing figures are of seeds that the arm was never run with.

    Raises:
        SpecError: the shapes do not fit, or an accuracy is no share.

    Example:
        >>> found = sample([0.5, 0.75, None], by_image=[[1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]])
        >>> found.images, found.there.tolist()
        (4, [True, True, False])
    """
    by_seed = figures(values, name="values", axes=("seeds",))
    wrong = by_seed[(by_seed < 0) | (by_seed > 1)] if kind == "accuracy" else by_seed[:0]
    if len(wrong):
        raise SpecError(f"accuracies must be shares from 0 to 1, but got {wrong[0]:g}. Divide percentages by 100.")
    if by_image is None:
        return Sample(by_seed=by_seed, by_image=None, images=images, kind=kind, image_set=image_set, absent=absent)
    given = np.asarray(by_image)
    each: NDArray[np.int8] | NDArray[np.float64]
    each = given.astype(np.int8) if given.dtype == np.bool_ else given.astype(np.float64)  # a byte for right or wrong
    if each.ndim != 2 or len(each) != len(by_seed) or each.shape[1] < 2:
        raise SpecError(
            f"`by_image` must have the shape (seeds, images) with one row per figure and at least 2 images, but got "
            f"shape={each.shape} for {len(by_seed)} figures. Give what every run said about every image."
        )
    return Sample(by_seed=by_seed, by_image=each, images=each.shape[1], kind=kind, image_set=image_set, absent=absent)
