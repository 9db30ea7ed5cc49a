"""What the runs of a trial say of a remedy, in numbers and as a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, inf, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from classlab.records.study import FIGURE, direction
from classlab.statistics.trial_order import ERRORS_NEEDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records.proof import TrialPair
    from classlab.records.study import Selection


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What may be said.

    Args:
        confirmed: whether the remedy is proven.
        difference: mean over the seeds by which the remedied version is better.
        standard_error: of it.
        faulty_at_chance: whether the faulty version learned nothing in the mean.
        leaves_chance: whether every remedied run learned something; None where that was not the trouble.
        sentence: the verdict with its numbers.
    """

    confirmed: bool
    difference: float
    standard_error: float
    faulty_at_chance: bool
    leaves_chance: bool | None
    sentence: str


def judge(
    pairs: Sequence[TrialPair],
    *,
    figure: Selection,
    images: int,
    image_error: float,
    chance: float,
    remedy: str,
) -> Judgement:
    """Judges a remedy by paired runs.

    The remedied version must be better by more than three standard errors of the mean difference. For accuracies the
    error has two parts that add up in squares: seeds differ, sd / sqrt(seeds) over the paired differences, and so do
    images. Few seeds that happen to agree have no spread of their own, and the second part holds it against them. And
    where the faulty version is at chance level, within three standard errors of always naming the largest class, every
    remedied run must leave it.

    Args:
        pairs: figures by seed.
        figure: what they are.
        images: validation images behind each figure.
        image_error: standard error of the mean difference that stems from the choice of these images, a share.
        chance: accuracy of always naming the largest class.
        remedy: what was changed, in words.

    Example:
        >>> from classlab.records.proof import TrialPair
        >>> ended = {"faulty_state": "finished", "remedied_state": "finished"}
        >>> pairs = [TrialPair(seed=s, faulty=0.1, remedied=0.8 + s / 100, **ended) for s in range(3)]
        >>> found = judge(pairs, figure="val_accuracy", images=1000, image_error=0.01, chance=0.1, remedy="unit")
        >>> found.confirmed, round(found.difference, 2), round(found.standard_error, 4), found.leaves_chance
        (True, 0.71, 0.0115, True)

    References:
        Student (1908), "The probable error of a mean", Biometrika 6(1); for two answers to the same images, McNemar
        (1947), "Note on the sampling error of the difference between correlated proportions", Psychometrika 12(2).
    """
    faulty, remedied = [pair.faulty for pair in pairs], [pair.remedied for pair in pairs]
    gains = [direction(figure) * (after - before) for before, after in zip(faulty, remedied, strict=True)]
    difference = fmean(gains)
    error = stdev(gains) / sqrt(len(gains)) if len(gains) > 1 else inf
    at_chance, leaves = False, None
    if figure == "val_accuracy":
        error = hypot(error, image_error)
        bar = chance + ERRORS_NEEDED * sqrt(chance * (1 - chance) / images)
        at_chance = fmean(faulty) <= bar
        leaves = all(after > bar for after in remedied) if at_chance else None
    better = difference > ERRORS_NEEDED * error
    confirmed = better and leaves is not False
    return Judgement(
        confirmed=confirmed,
        difference=difference,
        standard_error=error,
        faulty_at_chance=at_chance,
        leaves_chance=leaves,
        sentence=_sentence(
            f"{'Confirmed' if confirmed else 'Not confirmed'}: with {remedy} the {FIGURE[figure]} is "
            f"{fmean(remedied):.3f} instead of {fmean(faulty):.3f} on the same {len(pairs)} seeds and batches, "
            f"{_gain(difference)} with a standard error of {error:.3f}",
            better=better,
            chance=chance,
            leaves=leaves,
        ),
    )


def _gain(difference: float) -> str:
    return f"{abs(difference):.3f} {'better' if difference >= 0 else 'worse'}"


def _sentence(numbers: str, *, better: bool, chance: float, leaves: bool | None) -> str:
    if not better:
        return f"{numbers}; it would have to be better by more than three of them."
    if leaves is None:
        return f"{numbers}."
    what = "and every remedied run leaves" if leaves else "but not every remedied run leaves"
    return f"{numbers}, {what} chance level, {chance:.3f}."
