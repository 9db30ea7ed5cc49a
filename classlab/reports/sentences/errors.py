"""Mistakes and confidence in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, percent, points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.statistics import Calibration, Confusion

_SAME = 0.005  # confidence and accuracy that differ by less than half a point agree for every purpose here


def mistakes_sentence(confusion: Confusion, class_names: Sequence[str]) -> str:
    """How many mistakes there are, which is the most frequent, and which class is recognised least."""
    from classlab.statistics import most_mixed_up

    counts = confusion.matrix()
    total, wrong = int(counts.sum()), int(counts.sum() - counts.trace())
    if not wrong:
        return f"All {count(total)} test images are predicted right."
    pair = most_mixed_up(confusion, count=1)[0]
    known = [(share, place) for place, share in enumerate(confusion.recall) if share is not None]
    weakest, place = min(known)
    return (
        f"{counted(wrong, 'mistake')} in {count(total)} test images. The most frequent is {class_names[pair.true]} "
        f"taken for {class_names[pair.predicted]}: {counted(pair.count, 'time')}, {percent(pair.share, digits=1)} of "
        f"that class. Recognised least is {class_names[place]}: {percent(weakest, digits=1)} of its images."
    )


def calibration_sentence(found: Calibration) -> str:
    """Whether the network is surer than it is right."""
    off = found.confidence - found.accuracy
    judgement = (
        "its confidence means on average what it says"
        if abs(off) < _SAME
        else f"it is too sure of itself by {points(off)} points"
        if off > 0
        else f"it is less sure than it could be, by {points(-off)} points"
    )
    return (
        f"The network is {percent(found.confidence, digits=1)} sure on average and right for "
        f"{percent(found.accuracy, digits=1)} of {count(found.images)} test images: {judgement}. The expected "
        f"calibration error is {points(found.expected_error)} points."
    )
