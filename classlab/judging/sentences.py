"""What the number of images adds to a verdict on figures, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, decimal, percent, points
from classlab.analysis.sentences.comparison import quoted
from classlab.judging.image_limits import difference_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis.judgement import Judgement
    from classlab.statistics import Comparison, Interval


def figure_words(value: float | None, *, shares: bool) -> str:
    """A figure: per cent where it is a share, else as it stands."""
    return percent(value) if shares else decimal(value)


def difference_words(value: float | None, *, shares: bool) -> str:
    """A difference with its sign: in points where figures are shares."""
    return points(value, sign=True) if shares else decimal(value, sign=True)


def metric_words(metric: str) -> str:
    """A metric's name as words.

    Example:
        >>> metric_words("metrics.val_accuracy")
        'val accuracy'
    """
    return " ".join(metric.rpartition(".")[2].replace("_", " ").split()) or metric


def image_sentences(
    judgement: Judgement, intervals: Sequence[Interval | None], *, images: int | None
) -> tuple[str, ...]:
    """What figures alone cannot show, and what so many images allow by themselves.

    Args:
        judgement: the verdict; nothing is added where it holds for other images already.
        intervals: by arm, of one network over images; None where that is not known.
        images: behind every figure; None where not known.
    """
    rival = judgement.rival
    if judgement.kind != "accuracy" or rival is None:
        return ()
    found = judgement.against(rival)
    if found.holds_for in ("seeds and images", "images"):
        return ()
    alone = "Figures alone tell nothing about other images: which images each run got right would (an .npz of 0 and 1)."
    own = intervals[judgement.first]
    if images is None or own is None:
        return (alone, "With the number of images behind a figure (`images`), what they allow is said here.")
    return (alone, _limits(judgement, found, rival, own, images))


def _limits(judgement: Judgement, found: Comparison, rival: int, own: Interval, images: int) -> str:
    """What so many images leave open of one network's accuracy, and at most of a difference."""
    one, two = (judgement.ranking.estimates[arm].mean or 0.0 for arm in (judgement.first, rival))
    half = difference_limit(one, two, images, confidence=judgement.ranking.confidence)
    low, high = (percent(end).removesuffix(" %") for end in own)
    said = (
        f"{count(images)} images leave the accuracy of one network like those of "
        f"{quoted(judgement.names[judgement.first])} between {low} and {high} %, and the difference of two networks "
        f"open by up to ±{points(half)} points, less where both err on the same images"
    )
    difference = abs(found.difference or 0.0)
    if difference < half:
        return f"{said}: other images may turn the difference of {points(difference)} points round."
    return f"{said}: the difference of {points(difference)} points is larger than that."
