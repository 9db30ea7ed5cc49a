"""What a step said to expect is contradicted where the figures contradict it, and nowhere else."""

from __future__ import annotations

import pytest

from classlab.lab.expected import (
    alike_sentences,
    alone_sentences,
    beaten_sentences,
    gap_size_sentences,
    growth_sentences,
    on_their_way_sentences,
    rate_sentences,
)
from classlab.lab.sentences import Planned
from classlab.lab.steps.generalization import LESSON
from classlab.statistics import compare, sample
from classlab.statistics.confusion import MixUp

MINUS = "\N{MINUS SIGN}"
AGAINST = "Against what was to be expected,"


def planned(later: list[float]) -> Planned:
    found = compare(sample(later), sample([0.90, 0.91, 0.92]), margin=0.005)
    return Planned(first="Adam 0.001, 20 epochs", second="Adam 0.001, 5 epochs", comparison=found)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (rate_sentences({"SGD": 0.1, "Adam": 0.01, "RMSprop": 0.001}), None),
        (
            rate_sentences({"SGD": 0.01, "Adam": 0.01, "RMSprop": 0.001}),
            "the learning rate of SGD that comes first, 0.01, is no larger than Adam with 0.01.",
        ),
        (
            rate_sentences({"SGD": 0.001, "Adam": 0.01, "RMSprop": 0.1}),
            "the learning rate of SGD that comes first, 0.001, is no larger than Adam with 0.01 and RMSprop with 0.1.",
        ),
        (rate_sentences({"Adam": 0.01}), None),  # no run of SGD ended well
        (rate_sentences({}), None),
        (on_their_way_sentences([planned([0.93, 0.94, 0.95])]), None),  # better
        (on_their_way_sentences([planned([0.90, 0.95, 0.89])]), None),  # it cannot be told
        (
            on_their_way_sentences([planned([0.900, 0.911, 0.920])]),
            "'Adam 0.001, 5 epochs' was no longer on the way.",
        ),
        (gap_size_sentences("A", 0.004, weights=7850, images=54_000), None),
        (gap_size_sentences("A", 0.041, weights=7850, images=3600), None),
        (gap_size_sentences("A", None, weights=7850, images=3600), None),
        (
            gap_size_sentences("A", 0.02, weights=7850, images=54_000),
            "the gap of 'A' is no less than a point, 2.00, with fewer weights (7,850) than training images (54,000).",
        ),
        (
            gap_size_sentences("A", -0.002, weights=7850, images=3600),
            f"the gap of 'A' is less than a point, {MINUS}0.20, with more weights (7,850) than training images "
            "(3,600).",
        ),
        (growth_sentences("A", (0.01, 0.02), (5, 20)), None),
        (growth_sentences("A", (None, 0.02), (5, 20)), None),
        (growth_sentences("A", (0.02, 0.01), (2, 2)), None),  # a rehearsal has one length only
        (
            growth_sentences("A", (0.02, 0.015), (5, 20)),
            "the gap of 'A' does not grow: 2.00 points after 5 epochs, 1.50 points after 20.",
        ),
        (alike_sentences([MixUp(true=9, predicted=4, count=3, share=0.1)], "0123456789"), None),
        (alike_sentences([MixUp(true=0, predicted=1, count=3, share=0.1)], ["cat", "dog"]), None),
        (
            alike_sentences([MixUp(true=5, predicted=8, count=3, share=0.1)], "0123456789"),
            "4 and 9 are not among the classes that are most often mixed up.",
        ),
        (alone_sentences(["A", "B"]), None),
        (alone_sentences(["A"]), "one alone may be the best."),
        (beaten_sentences(0.95, 0.93, arm="relu", how=("x", "y")), None),
        (beaten_sentences(0.95, None, arm="relu", how=("x", "y")), None),
        (
            beaten_sentences(
                0.908,
                0.934,
                arm="relu with Adam",
                how=("4 epochs on 1,350 training images", "10 epochs on 3,600 training images"),
            ),
            "this network does not beat the perceptrons: 'relu with Adam' is right for 93.40 % of the same test images "
            "after 10 epochs on 3,600 training images, this one for 90.80 % after 4 epochs on 1,350 training images.",
        ),
    ],
)
def test_a_sentence_says_what_the_figures_contradict(said, sentence):
    assert said == (() if sentence is None else (f"{AGAINST} {sentence}",))


def test_the_step_names_the_weights_that_a_linear_classifier_of_mnist_has():
    assert f"{28 * 28 * 10 + 10:,} weights" in LESSON.expect
