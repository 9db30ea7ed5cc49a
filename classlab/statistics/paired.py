"""Two arms compared seed by seed and image by image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.statistics.by_class import Adjusted, adjusted_difference, with_least_variance
from classlab.statistics.comparison import Comparison, WouldTell, decide
from classlab.statistics.dependence import simultaneous_confidence
from classlab.statistics.distributions import normal_quantile
from classlab.statistics.estimate import basis_of, measured_spread
from classlab.statistics.inputs import check_confidence, check_count, check_margin
from classlab.statistics.power import MAX_IMAGES, would_tell
from classlab.statistics.scale import Interval, PairedShares, plain_interval
from classlab.statistics.spread import Spread, spread, spread_of_seeds, variance_of
from classlab.statistics.unpaired import common_images, unpaired_shares, unpaired_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.statistics.sample import Sample


@dataclass(frozen=True, kw_only=True, eq=False)
class Difference:
    """Two samples side by side: what every interval and verdict about them is read from, whatever the family.

    Args:
        kind: what the figures are.
        mean: of first minus second; None where no seed has both.
        sd: over seeds.
        n: seeds that both have.
        excluded: seeds that one of them lacks.
        images: that both were measured on, or the fewer of the two where they are not the same ones.
        spread: where the error comes from; None where nothing tells.
        shares: the same with the images on which only one is right; None where single images are not known or figures
            are no accuracies.
        shift: what the adjustment of small classes adds to the middle of the interval, where every class counts alike.
    """

    kind: str
    mean: float | None
    sd: float | None
    n: int
    excluded: int
    images: int | None
    spread: Spread | None
    shares: PairedShares | None
    shift: float = 0.0

    def interval(self, *, confidence: float) -> Interval | None:
        """For the difference; None where nothing tells how far chance moves it."""
        if self.mean is None or self.spread is None:
            return None
        if self.shares is not None:
            return self.shares.interval(confidence=confidence)
        if self.spread.variance <= 0:
            return None  # equal differences on a few seeds are no rarity where figures move in steps of one image
        low, high = plain_interval(self.mean + self.shift, spread=self.spread, confidence=confidence)
        return (max(low, -1.0), min(high, 1.0)) if self.kind in ("accuracy", "share") else (low, high)

    def p_value(self) -> float | None:
        """Two-sided, of no difference; None where there is no interval."""
        if self.mean is None or self.spread is None:
            return None
        if self.shares is not None:
            return self.shares.p_value()
        if self.spread.variance <= 0:
            return None
        return self.spread.reference.p_value((self.mean + self.shift) / float(np.sqrt(self.spread.variance)))

    def comparison(
        self,
        *,
        confidence: float,
        margin: float,
        comparisons: int = 1,
        alone: float | None = None,
        higher_is_better: bool = True,
    ) -> Comparison:
        """The verdict, with the interval corrected for its family.

        Args:
            confidence: that all intervals of the family hold at once.
            margin: differences of this size or less do not matter.
            comparisons: size of the family.
            alone: the confidence of this interval that this takes; Bonferroni's where it is None.
            higher_is_better: True for accuracies, False for losses.
        """
        each = simultaneous_confidence(confidence, comparisons=comparisons) if alone is None else alone
        interval = self.interval(confidence=each)
        verdict = decide(interval, margin=margin, higher_is_better=higher_is_better)
        return Comparison(
            verdict=verdict,
            holds_for="nothing" if interval is None or self.spread is None else basis_of(self.spread),
            difference=self.mean,
            sd=self.sd,
            n=self.n,
            excluded=self.excluded,
            images=self.images,
            interval=interval,
            confidence=confidence,
            comparisons=comparisons,
            alone=each,
            margin=margin,
            p_value=self.p_value(),
            spread=self.spread,
            would_tell=self._would_tell(margin=margin, confidence=each) if verdict == "cannot tell" else None,
        )

    def _would_tell(self, *, margin: float, confidence: float) -> WouldTell | None:
        if self.shares is not None and self.shares.first_only == self.shares.second_only == 0:
            # Nothing varied: only more images narrow what Tango's interval leaves open, t^2 / (n + t^2).
            square = normal_quantile((1 + confidence) / 2) ** 2
            images = ceil(square * (1 - margin) / margin) + 1 if margin > 0 else None
            wide = images is None or images > MAX_IMAGES
            return WouldTell(seeds=None, images=None if wide else images, together=None, equal=not wide)
        return would_tell(self.mean, self.spread, margin=margin, confidence=confidence)


def compare(
    first: Sample,
    second: Sample,
    *,
    confidence: float = 0.95,
    margin: float = 0.0,
    comparisons: int = 1,
    paired: bool = True,
) -> Comparison:
    """Compares two arms by their differences on the same seeds and images.

    Runs of equal seed share initial weights and the order of batches, and all runs share the images, so part of their
    luck is common and leaves with the difference d[s, i] = first - second. The interval is for the mean difference
    with other seeds and other images (see `spread`); for accuracies it is Tango's with the effective number of images
    (`PairedShares`). With one seed, it speaks of the two trained networks. Where single images are not known, it is
    the paired t-interval, and holds for these images.

    Args:
        first: one arm.
        second: the other, in the same order of seeds.
        confidence: of the interval; with several comparisons, that all intervals hold at once.
        margin: differences of this size or less do not matter; in the figures' unit.
        comparisons: size of the family that this comparison belongs to.
        paired: whether figures at the same position were made with the same seed.

    Raises:
        SpecError: arguments that make no sense, or arms with different numbers of seeds.

    Example:
        >>> from classlab.statistics.sample import sample
        >>> found = compare(sample([0.91, 0.93, 0.92, 0.94]), sample([0.90, 0.91, 0.91, 0.92]), margin=0.002)
        >>> found.verdict, found.n, round(found.difference, 4), [round(end, 4) for end in found.interval]
        ('better', 4, 0.015, [0.005, 0.025])

    References:
        See `spread` and `classlab.statistics.scale`; Dietterich (1998), "Approximate statistical tests for comparing
        supervised classification learning algorithms", Neural Computation 10(7) (why pairs).
    """
    check_confidence(confidence)
    check_margin(margin)
    check_count(comparisons, name="comparisons")
    return difference(first, second, paired=paired).comparison(
        confidence=confidence, comparisons=comparisons, margin=margin, higher_is_better=first.kind != "loss"
    )


def difference(first: Sample, second: Sample, *, paired: bool = True) -> Difference:
    """Puts two samples side by side.

    A seed that one of them lacks is left out of both. Images that are not the same ones for both are taken for
    independent, and so are seeds that are not paired.

    Raises:
        SpecError: they are of different kinds, or, where seeds are paired, have different numbers of seeds.
    """
    if first.kind != second.kind:
        raise SpecError(
            f"samples must be of one kind to be compared, but got {first.kind} and {second.kind}. "
            "Compare like with like."
        )
    if not paired:
        return _unpaired(first, second)
    if len(first.by_seed) != len(second.by_seed):
        raise SpecError(
            f"`first` and `second` must have one figure per seed each, but got {len(first.by_seed)} and "
            f"{len(second.by_seed)} figures. Pair them by seed and give None where a run has no figure."
        )
    both = first.there & second.there
    first, second = _only(first, both), _only(second, both)
    by_seed = first.by_seed - second.by_seed
    measured, shares = _crossed(first, second, by_seed)
    shift = 0.0
    if measured is not None and (adjusted := _adjusted(first, second)) is not None:
        measured, shift = with_least_variance(measured, adjusted), adjusted.shift
    return Difference(
        kind=first.kind,
        mean=float(by_seed.mean()) if len(by_seed) else None,
        sd=float(by_seed.std(ddof=1)) if len(by_seed) > 1 else None,
        n=len(by_seed),
        excluded=int((~both).sum()),
        images=common_images(first, second),
        spread=measured,
        shares=shares,
        shift=shift,
    )


def _adjusted(first: Sample, second: Sample) -> Adjusted | None:
    """Of figures on the same images that count every class alike; None where the samples are none of these."""
    one, two = first.by_class, second.by_class
    if one is None or two is None or first.image_set != second.image_set or not len(one.right):
        return None
    return adjusted_difference(one, two) if np.array_equal(one.labels, two.labels) else None


def _crossed(first: Sample, second: Sample, by_seed: NDArray[np.float64]) -> tuple[Spread | None, PairedShares | None]:
    """The spread of paired differences, and which of two accuracies is right alone how often."""
    one, two = first.by_image, second.by_image
    if one is None or two is None or not len(by_seed):
        if len(by_seed) < 2:
            return None, None
        return spread_of_seeds(by_seed, images=common_images(first, second), scale=_largest(first, second)), None
    if first.image_set != second.image_set or one.shape != two.shape:
        return _other_images(first, second, by_seed), None
    measured = spread(one - two)
    if first.kind != "accuracy":
        return measured, None
    shares = PairedShares(
        first_only=float(np.maximum(one - two, 0).mean()),
        second_only=float(np.maximum(two - one, 0).mean()),
        spread=measured,
    )
    return measured, shares


def _other_images(first: Sample, second: Sample, by_seed: NDArray[np.float64]) -> Spread:
    """Seeds are paired, images are not: each arm's own images move its own mean."""
    one, two = (measured_spread(each) for each in (first, second))
    assert one is not None  # noqa: S101 - single images are known of both, the caller looked
    assert two is not None  # noqa: S101
    images = min(one.images or 2, two.images or 2)
    # Two independent sets of images: the variances of the two means add up.
    from_images = (one.between_images or 0.0) / (one.images or 1) + (two.between_images or 0.0) / (two.images or 1)
    if len(by_seed) < 2:
        return replace(one, images=images, between_images=from_images * images, variance=from_images)
    from_seeds = variance_of(by_seed, scale=_largest(first, second)) / len(by_seed)
    if not from_seeds:  # equal differences by chance: what single images do from seed to seed is still seen
        from_seeds = sum((each.both or 0.0) / ((each.images or 1) * each.seeds) for each in (one, two))
    total = from_seeds + from_images
    return Spread(
        seeds=len(by_seed),
        images=images,
        between_seeds=from_seeds * len(by_seed),
        between_images=from_images * images,
        both=0.0,
        variance=total,
        seed_share=from_seeds / total if total > 0 else 1.0,
        seed_freedom=float(len(by_seed) - 1),
    )


def _unpaired(first: Sample, second: Sample) -> Difference:
    """Nothing links the runs of one arm to those of the other; two single networks are compared image by image."""
    one, two = _only(first, first.there), _only(second, second.there)
    excluded = int((~first.there).sum() + (~second.there).sum())
    if len(one.by_seed) == len(two.by_seed) == 1:
        return replace(difference(one, two), excluded=excluded)
    measured = unpaired_spread(one, two)
    return Difference(
        kind=first.kind,
        mean=float(one.by_seed.mean() - two.by_seed.mean()) if len(one.by_seed) and len(two.by_seed) else None,
        sd=None,
        n=min(len(one.by_seed), len(two.by_seed)),
        excluded=excluded,
        images=common_images(first, second),
        spread=measured,
        shares=None if measured is None else unpaired_shares(one, two, measured),
    )


def _only(sample: Sample, seeds: NDArray[np.bool_]) -> Sample:
    by_image = None if sample.by_image is None else sample.by_image[seeds]
    by_class = None if sample.by_class is None else sample.by_class.only(seeds)
    return replace(sample, by_seed=sample.by_seed[seeds], by_image=by_image, by_class=by_class)


def _largest(first: Sample, second: Sample) -> float:
    return float(max(np.abs(first.by_seed).max(), np.abs(second.by_seed).max()))
