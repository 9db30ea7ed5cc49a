"""The generalisation gap in words: what the difference between training and test accuracy means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.numbers import listed, percent, points
from classlab.reports.sentences.comparison import difference_words

if TYPE_CHECKING:
    from classlab.reports.analysis import Analysis
    from classlab.reports.arm_analysis import ArmAnalysis


def gap_sentence(arm: ArmAnalysis) -> str:
    """The gap of one arm with its interval, and what it means."""
    gap = arm.gap
    if gap.gap is None:
        return f"{arm.name} has no gap to speak of: no seed has both a training and a test accuracy."
    measured = (
        f"{arm.name} is right for {percent(arm.fitted.mean)} of the training images and {percent(arm.test.mean)} of "
        f"the test images: gap {difference_words(gap.gap, gap.interval)}"
    )
    return f"{measured}. {_meaning(arm)}"


def _meaning(arm: ArmAnalysis) -> str:
    gap, interval = arm.gap.gap or 0.0, arm.gap.interval
    if interval is None:
        return "One seed and an unknown number of images say nothing about how far chance moves it."
    if interval[0] > 0:
        return (
            f"Of 100 new images it gets about {points(gap, digits=1)} more wrong than of 100 that it was trained on: "
            "not everything it learnt holds for new images."
        )
    if interval[1] < 0:
        return (
            "It does better on the test images than on those it was trained on, so the test images are the easier ones."
        )
    return "The interval includes zero, so these runs do not show whether there is a gap at all."


def gap_summary(analysis: Analysis) -> str:
    """Which arms fit their training images better than new ones, over all arms with an interval."""
    judged = [arm for arm in (analysis.arms[place] for place in analysis.order) if arm.gap.interval is not None]
    if not judged:
        return "No arm has an interval for its gap, so nothing can be said about generalisation."
    wide = [arm for arm in judged if arm.gap.interval is not None and arm.gap.interval[0] > 0]
    if not wide:
        return "No arm shows a gap: every interval includes zero or lies below it."
    largest = max(wide, key=lambda arm: arm.gap.gap or 0.0)
    size = points(largest.gap.gap)
    if len(judged) == 1:
        return f"The gap is above zero, {size} points."
    if len(wide) == len(judged):
        return (
            f"Every arm does better on its training images than on new ones, most of all {largest.name}: {size} points."
        )
    named = listed([arm.name for arm in wide]) if len(wide) <= 5 else f"{len(wide)} of {len(judged)} arms"
    verb = "does" if len(wide) == 1 else "do"
    return f"{named} {verb} better on the training images than on new ones, most of all {largest.name}: {size} points."
