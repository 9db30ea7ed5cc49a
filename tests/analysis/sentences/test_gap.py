"""The generalisation gap in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_judgements import made_estimate
from made_studies import made_study

from classlab.analysis import ArmAnalysis, analyse
from classlab.analysis.sentences.gap import gap_sentence, gap_summary
from classlab.statistics import Gap

MINUS = "\u2212"


def arm(gap, interval, *, name="a", holds_for="seeds and images", given_start=False) -> ArmAnalysis:
    """An arm that is right for 94 % of the training images, with this gap to the test images."""
    found = analyse(made_study({name: (0.9, 0.91)})).first
    size = Gap(
        gap=gap,
        sd=None,
        n=0 if gap is None else 5,
        excluded=0,
        interval=interval,
        holds_for=holds_for if interval else "nothing",
        confidence=0.95,
    )
    test = made_estimate(None if gap is None else 0.94 - gap)
    return replace(found, fitted=made_estimate(0.94), test=test, gap=size, given_start=given_start)


@pytest.mark.parametrize(
    ("gap", "interval", "sentence"),
    [
        (
            0.04,
            (0.01, 0.07),
            "'a' is right for 94.00 % of the training images and 90.00 % of the test images: a gap of 4.00 points (95 "
            "% "
            "interval 1.00 to 7.00, for other seeds and other images). Of 100 new images it gets about 4.0 more wrong "
            "than of 100 that it was trained on: not everything it learnt holds for new images.",
        ),
        (
            -0.02,
            (-0.03, -0.01),
            f"'a' is right for 94.00 % of the training images and 96.00 % of the test images: a gap of {MINUS}2.00 "
            f"points (95 % interval {MINUS}3.00 to {MINUS}1.00, for other seeds and other images). It does better on "
            "the "
            "test images than on those it was trained on, so the test images are the easier ones.",
        ),
        (
            0.01,
            (-0.01, 0.03),
            "'a' is right for 94.00 % of the training images and 93.00 % of the test images: a gap of 1.00 points (95 "
            "% "
            f"interval {MINUS}1.00 to 3.00, for other seeds and other images). The interval includes zero, so these "
            "runs "
            "do not show whether there is a gap at all.",
        ),
        (
            0.04,
            None,
            "'a' is right for 94.00 % of the training images and 90.00 % of the test images: a gap of 4.00 points. One "
            "seed and an unknown number of images say nothing about how far chance moves it.",
        ),
        (None, None, "'a' has no gap to speak of: no seed has both a training and a test accuracy."),
    ],
)
def test_the_gap_says_what_its_interval_says(gap, interval, sentence):
    assert gap_sentence(arm(gap, interval)) == sentence


@pytest.mark.parametrize(
    ("holds_for", "given_start", "words"),
    [
        ("images", False, ", for other images and this very network)"),
        ("seeds", False, ", for other seeds on these very images)"),
        ("seeds and images", True, ", for other orders of the batches and other images, from these very weights)"),
    ],
)
def test_the_gap_says_what_it_holds_for(holds_for, given_start, words):
    found = gap_sentence(arm(0.04, (0.01, 0.07), holds_for=holds_for, given_start=given_start))
    assert f"interval 1.00 to 7.00{words}" in found


def test_the_summary_counts_arms():
    wide = [arm(0.02 * place, (0.01, 0.2), name=f"w{place}") for place in range(1, 8)]
    none = arm(0.01, (-0.01, 0.03), name="n")
    assert (
        gap_summary([arm(None, None)])
        == "No arm has an interval for its gap, so nothing can be said about generalisation."
    )
    assert gap_summary([none]) == "No arm shows a gap: every interval includes zero or lies below it."
    assert gap_summary(wide[:1]) == "The gap is above zero, 2.00 points."
    assert gap_summary(wide[:2]) == ("A gap is shown for every arm, most of all 'w2': 4.00 points.")
    assert gap_summary([wide[0], none]) == ("A gap is shown for 'w1' alone: 2.00 points.")
    assert gap_summary([*wide[:2], none]) == ("A gap is shown for 'w1' and 'w2', most of all 'w2': 4.00 points.")
    assert gap_summary([*wide, none]) == ("A gap is shown for 7 of 8 arms, most of all 'w7': 14.00 points.")
