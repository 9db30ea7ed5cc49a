"""The generalisation gap in words: what the difference between training and test accuracy means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, ends, listed, percent, points
from classlab.analysis.sentences.comparison import holds_words, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis.records import ArmAnalysis

_NAMED = 5  # arms that are named in a sentence; the rest is counted


def gap_sentence(arm: ArmAnalysis) -> str:
    """The gap of one arm with its interval, and what it means."""
    gap = arm.gap
    if gap.gap is None:
        return f"{quoted(arm.name)} has no gap to speak of: no seed has both a training and a test accuracy."
    return (
        f"{quoted(arm.name)} is right for {percent(arm.fitted.mean)} of the training images and "
        f"{percent(arm.test.mean)} of the test images: a gap of {gap_words(arm)}. {_meaning(arm)}"
    )


def gap_words(arm: ArmAnalysis) -> str:
    """A gap with its interval and what that holds for."""
    gap = arm.gap
    if gap.interval is None:
        return f"{points(gap.gap)} points"
    low, high = ends(gap.interval, points)
    holds = holds_words(gap.holds_for, given_start=arm.given_start, networks=1)
    return f"{points(gap.gap)} points ({100 * gap.confidence:g} % interval {low} to {high}{holds})"


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


def gap_summary(arms: Sequence[ArmAnalysis]) -> str:
    """Which arms fit their training images better than new ones, over all arms with an interval."""
    judged = [arm for arm in arms if arm.gap.interval is not None]
    if not judged:
        return "No arm has an interval for its gap, so nothing can be said about generalisation."
    wide = [arm for arm in judged if arm.gap.interval is not None and arm.gap.interval[0] > 0]
    if not wide:
        return "No arm shows a gap: every interval includes zero or lies below it."
    largest = max(wide, key=lambda arm: arm.gap.gap or 0.0)
    size = points(largest.gap.gap)
    if len(judged) == 1:
        return f"The gap is above zero, {size} points."
    most = f"most of all {quoted(largest.name)}: {size} points"
    if len(wide) == len(judged):
        return f"A gap is shown for every arm, {most}."
    if len(wide) == 1:
        return f"A gap is shown for {quoted(largest.name)} alone: {size} points."
    many = f"{len(wide)} of {counted(len(judged), 'arm')}"
    named = listed([quoted(arm.name) for arm in wide]) if len(wide) <= _NAMED else many
    return f"A gap is shown for {named}, {most}."
