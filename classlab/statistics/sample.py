"""One arm as the statistics see it: a figure by seed, and where it is known by seed and image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.errors import SpecError
from classlab.statistics.inputs import Values, check_count, check_shares, figures

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from classlab.statistics.by_class import ByClass

Kind = Literal["accuracy", "share", "loss", "score"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """What was measured of an arm.

    Args:
        by_seed: float64, `(seeds,)`, NaN where a run failed or diverged; shares from 0 to 1 where they are accuracies.
        by_image: int8 or float64, `(seeds, images)`, whose row means are `by_seed`: 1 where the run is right on the
            image and 0 where not, or the loss; a share where `networks` are behind it; None where only `by_seed` is
            known.
        images: how many images are behind each figure; None where that is not known.
        kind: whether figures are accuracies, on a scale from 0 to 1; other shares on this scale, as balanced accuracies
            are; losses, of which less is better; or scores without ends to their scale, of which more is better.
        image_set: names the images; samples with the same name were measured on the same images in the same order.
        absent: how many of the seeds without a figure the arm was never run with, so that nothing went wrong there.
        by_class: what is behind figures that count every class alike, where single images are known.
    """

    by_seed: NDArray[np.float64]
    by_image: NDArray[np.int8] | NDArray[np.float64] | None
    images: int | None
    kind: Kind = "accuracy"
    image_set: str = ""
    absent: int = 0
    by_class: ByClass | None = None

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
    by_class: ByClass | None = None,
    networks: int = 1,
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
        by_class: of figures that count every class alike; `by_image` is then made of it (see `by_class`).
        networks: how many each figure is the mean of; with several, `by_image` says which share of them is right.

    Raises:
        SpecError: the shapes do not fit, an accuracy is no share, `by_image` says more of an image than right or wrong,
            or a loss that is not finite, or `images` is none.

    Example:
        >>> found = sample([0.5, 0.75, None], by_image=[[1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]])
        >>> found.images, found.there.tolist()
        (4, [True, True, False])
    """
    by_seed = figures(values, name="values", axes=("seeds",))
    if kind in ("accuracy", "share"):
        check_shares(by_seed)
    if by_image is None:
        if images is not None:
            check_count(images, name="images")
        return Sample(by_seed=by_seed, by_image=None, images=images, kind=kind, image_set=image_set, absent=absent)
    each = _by_image(by_image, kind=kind, there=~np.isnan(by_seed), networks=networks)
    return Sample(
        by_seed=by_seed,
        by_image=each,
        images=each.shape[1],
        kind=kind,
        image_set=image_set,
        absent=absent,
        by_class=by_class,
    )


def _by_image(
    by_image: ArrayLike, *, kind: Kind, there: NDArray[np.bool_], networks: int
) -> NDArray[np.int8] | NDArray[np.float64]:
    """Checks the rows of runs that have a figure; a byte for right or wrong, a double for a share or a loss."""
    try:
        given = np.asarray(by_image)
    except ValueError:
        raise SpecError(
            "`by_image` must have one row per figure, all of one length, but got rows of several. Give what every run "
            "said about every image."
        ) from None
    if given.ndim != 2 or len(given) != len(there) or given.shape[1] < 2:
        raise SpecError(
            f"`by_image` must have the shape (seeds, images) with one row per figure and at least 2 images, but got "
            f"shape={given.shape} for {len(there)} figures. Give what every run said about every image."
        )
    if given.dtype.kind not in "biuf":
        raise SpecError(f"`by_image` must be numbers or true and false, but got dtype={given.dtype}. Give an array.")
    looked_at = given[there]
    if kind == "accuracy" and networks > 1:
        check_shares(looked_at.astype(np.float64).ravel())
        return given.astype(np.float64)
    if kind == "accuracy":
        wrong = looked_at[(looked_at != 0) & (looked_at != 1)]
        if len(wrong):
            raise SpecError(
                f"`by_image` must say right (1) or wrong (0), but got {wrong[0]:g}. Compare classes with labels."
            )
        rows = np.zeros(given.shape, np.int8)
        rows[there] = looked_at
        return rows
    if not np.isfinite(looked_at).all():
        raise SpecError(
            "losses in `by_image` must be finite where a run has a figure, but got one that is not. Give None for the "
            "figure of a run that diverged."
        )
    return given.astype(np.float64)
