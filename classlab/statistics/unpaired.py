"""Two arms of which no run belongs to one of the other; the images may be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.statistics.scale import PairedShares
from classlab.statistics.spread import Spread, spread, variance_of

if TYPE_CHECKING:
    from classlab.statistics.sample import Sample


def unpaired_spread(first: Sample, second: Sample) -> Spread | None:
    """Where the error of a difference of two means comes from if every run of either arm was drawn by itself.

    Each arm k has S_k runs, V_k the variance of their means over images and MS_R its residual over runs and images (see
    `spread`). The runs add sum_k V_k / S_k, with Welch's degrees of freedom. Where single images are known, they add
    the variance over images of the difference of the two arms' image means, over n, less what the runs have put there,
    sum_k MS_R / (S_k n). The reference is that of `spread`. The components are those of N runs of each arm, which add
    sum_k V_k / N with (N - 1) (sum_k V_k)^2 / sum_k V_k^2 degrees of freedom: the arm that varies more counts more, and
    not the one that happens to have fewer runs.

    Args:
        first: one arm, runs with a figure alone.
        second: the other.

    Returns:
        The spread, its `seeds` the harmonic mean of the two numbers; None where an arm has one run only, whose spread
        nobody knows.

    References:
        Welch (1947), "The generalization of 'Student's' problem when several different population variances are
        involved", Biometrika 34; Gallas (2006), "One-shot estimate of MRMC variance: AUC", Academic Radiology 13.
    """
    sizes = [len(each.by_seed) for each in (first, second)]
    if min(sizes) < 2:
        return None
    variances = [variance_of(each.by_seed) for each in (first, second)]
    parts = [of_one / size for of_one, size in zip(variances, sizes, strict=True)]
    rests, from_images, images = _by_image(first, second)
    of_runs, rest, known = sum(parts), sum(rests), from_images is not None
    freedom = 1 / sum(weight**2 / (size - 1) for weight, size in zip(_weights(parts), sizes, strict=True))
    variance = (of_runs + (from_images or 0.0)) or rest
    lasting = [max(part - own, 0.0) for part, own in zip(parts, rests, strict=True)]
    return Spread(
        seeds=max(2, round(2 / sum(1 / size for size in sizes))),
        images=images,
        between_seeds=sum(of_one * size for of_one, size in zip(lasting, sizes, strict=True)),
        between_images=(from_images or 0.0) * (images or 0) if known else None,
        both=sum(own * size for own, size in zip(rests, sizes, strict=True)) * (images or 0) if known else None,
        variance=variance,
        seed_share=1 - (from_images or 0.0) / variance if variance > 0 else 0.0,
        seed_freedom=freedom,
        freedom_per_seed=1 / sum(weight**2 for weight in _weights(variances)),
        lasting_unpaired=sum(lasting),
    )


def unpaired_shares(first: Sample, second: Sample, measured: Spread) -> PairedShares | None:
    """How often one of two runs is right alone, on average over all pairs of a first and a second run.

    None where figures are no accuracies or were not measured image by image on the same images.
    """
    one, two = first.by_image, second.by_image
    if first.kind != "accuracy" or one is None or two is None or not _same_images(first, second):
        return None
    right, other = one.mean(axis=0), two.mean(axis=0)
    return PairedShares(
        first_only=float((right * (1 - other)).mean()),
        second_only=float((other * (1 - right)).mean()),
        spread=measured,
    )


def common_images(first: Sample, second: Sample) -> int | None:
    """How many images both were measured on, or the fewer of the two; None where that is not known."""
    if first.images is None or second.images is None:
        return None
    return min(first.images, second.images)


def _weights(variances: list[float]) -> list[float]:
    """Each one's share of their sum; alike where all are zero."""
    whole = sum(variances)
    return [each / whole if whole > 0 else 1 / len(variances) for each in variances]


def _by_image(first: Sample, second: Sample) -> tuple[list[float], float | None, int | None]:
    """What single images add to each arm's run means and to the difference, and how many images there are.

    Where single images are not known, nothing is told of them: zeros and None.
    """
    fewer = common_images(first, second)
    one, two = first.by_image, second.by_image
    if one is None or two is None:
        return [0.0, 0.0], None, fewer
    found = [spread(one), spread(two)]
    rests = [(each.both or 0.0) / (each.seeds * (each.images or 1)) for each in found]
    if not _same_images(first, second):
        return rests, sum((each.between_images or 0.0) / (each.images or 1) for each in found), fewer
    apart = float((one.mean(axis=0) - two.mean(axis=0)).var(ddof=1)) / one.shape[1]
    return rests, max(apart - sum(rests), 0.0), fewer


def _same_images(first: Sample, second: Sample) -> bool:
    return first.image_set == second.image_set and first.images == second.images
