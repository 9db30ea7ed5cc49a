"""What a number of images adds to a verdict on figures: what it allows by itself, in numbers and in words."""

from __future__ import annotations

import re
from math import sqrt
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, decimal, percent, points
from classlab.analysis.sentences.comparison import quoted
from classlab.statistics.distributions import normal_quantile
from classlab.statistics.proportion import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis.records import Judgement
    from classlab.statistics import Comparison, Interval


def accuracy_limit(share: float, images: int, *, confidence: float = 0.95) -> Interval:
    """Wilson's interval of one network's accuracy among all images one could draw.

    A mean over several networks on the same images is known no better than this where they err on the same ones.

    Args:
        share: the accuracy measured.
        images: how many it was measured on.
        confidence: of the interval.

    Example:
        >>> [round(end, 4) for end in accuracy_limit(0.9228, 9984)]
        [0.9174, 0.9279]
    """
    return wilson(round(share * images), images, confidence=confidence).interval


def difference_limit(first: float, second: float, images: int, *, confidence: float = 0.95) -> float:
    r"""How far off the difference of two networks' accuracies on the same images can be at most, as a half width.

    The difference of two networks that are right on p and q of n images has the variance (D - (p - q)^2) / n, D being
    the share of images that exactly one gets right. Figures do not show D. It is at most
    min(p, 1 - q) + min(q, 1 - p), when they never err on the same image, and networks that err on the same images
    have far less: the half width is at most z \* sqrt((D - (p - q)^2) / n).

    Args:
        first: one network's accuracy.
        second: the other's.
        images: how many both were measured on.
        confidence: of the interval.

    Example:
        >>> round(difference_limit(0.9234, 0.9228, 9984), 4)
        0.0077

    References:
        McNemar (1947), "Note on the sampling error of the difference between correlated proportions or percentages",
        Psychometrika 12 (the variance).
    """
    discordant = min(first, 1 - second) + min(second, 1 - first)
    variance = max(discordant - (first - second) ** 2, 0.0) / images
    return normal_quantile((1 + confidence) / 2) * sqrt(variance)


# How trackers shorten what is a word in a sentence.
_WHOLE = {"acc": "accuracy", "val": "validation", "valid": "validation", "eval": "evaluation", "err": "error"}


def figure_words(value: float | None, *, shares: bool) -> str:
    """A figure: per cent where it is a share, else as it stands."""
    return percent(value) if shares else decimal(value)


def metric_words(metric: str) -> str:
    """A metric's name as words.

    Example:
        >>> metric_words("metrics.val_accuracy"), metric_words("test/acc")
        ('validation accuracy', 'test accuracy')
    """
    words = re.sub(r"[^0-9A-Za-z%]+", " ", metric.rpartition(".")[2]).split()
    return " ".join(_WHOLE.get(word.casefold(), word) for word in words) or metric


def image_sentences(
    judgement: Judgement, intervals: Sequence[Interval | None], *, images: int | None
) -> tuple[str, ...]:
    """What figures alone cannot show, and what so many images allow by themselves.

    Args:
        judgement: the verdict; nothing is added where it holds for other images already.
        intervals: by arm, of one network over images; None where that is not known or is its interval already.
        images: behind every figure; None where not known.
    """
    rival = judgement.rival
    if judgement.kind != "accuracy" or rival is None:
        return ()
    found = judgement.against(rival)
    if found.holds_for in ("seeds and images", "images"):
        return ()
    alone = "Figures alone say nothing about other images; which images each run got right (an .npz of 0 and 1) would."
    if images is None:
        follows = "How far other images may move them follows from the number of images"
        return (alone, f"{follows}: give it with --images N, in Python with images=N.")
    return (alone, *_limits(judgement, found, rival, intervals[judgement.first], images))


def _limits(judgement: Judgement, found: Comparison, rival: int, own: Interval | None, images: int) -> tuple[str, ...]:
    """What so many images leave open of one network's accuracy, and at most of a difference."""
    first, second = quoted(judgement.names[judgement.first]), quoted(judgement.names[rival])
    one, two = (judgement.ranking.estimates[arm].mean or 0.0 for arm in (judgement.first, rival))
    confidence = judgement.ranking.confidence
    half = difference_limit(one, two, images, confidence=confidence)
    said = f"{counted(images, 'image')} leave "
    if own is not None:
        low, high = (percent(end).removesuffix(" %") for end in own)
        said += f"the accuracy of one network like those of {first} between {low} and {high} %, and "
    said += (
        f"the difference of two networks open by up to ±{points(half)} points, less where both err on the same images."
    )
    difference = points(abs(found.difference or 0.0))
    if float(difference) == 0:
        return (said,)
    if abs(found.difference or 0.0) < half:
        return (said, f"Other images may turn the {difference} points between {first} and {second} round.")
    return (said, f"The {difference} points between {first} and {second} are more than that.")
