"""Two arms in a sentence: which is ahead, by how much, what the interval holds for."""

from __future__ import annotations

import pytest
from made_judgements import made_comparison

from classlab.analysis.sentences.comparison import (
    comparison_sentence,
    holds_words,
    lead,
    lead_cells,
    leads,
    shared_holds,
    verdict_cell,
)

MINUS = "\u2212"


def said(difference, interval, *, unit="points", given_start=False, **changes) -> str:
    found = made_comparison(difference, interval, lower=unit == "loss", **changes)
    return comparison_sentence("a", "b", found, unit=unit, given_start=given_start)


@pytest.mark.parametrize(
    ("difference", "interval", "changes", "sentence"),
    [
        (
            0.015,
            (0.0058, 0.0242),
            {},
            "'a' is better than 'b' by 1.50 points (95 % interval 0.58 to 2.42, for other seeds and other images).",
        ),
        (  # the same the other way round: no interval of two negative numbers
            -0.015,
            (-0.0242, -0.0058),
            {},
            "'a' is worse than 'b' by 1.50 points (95 % interval 0.58 to 2.42, for other seeds and other images).",
        ),
        (
            0.0003,
            (-0.0006, 0.0011),
            {},
            f"'a' and 'b' cannot be told apart: 'a' is ahead by 0.03 points (95 % interval {MINUS}0.06 to 0.11, for "
            "other seeds and other images).",
        ),
        (
            -0.0003,
            (-0.0011, 0.0006),
            {},
            f"'a' and 'b' cannot be told apart: 'b' is ahead by 0.03 points (95 % interval {MINUS}0.06 to 0.11, for "
            "other seeds and other images).",
        ),
        (
            0.0,
            (-0.01, 0.01),
            {},
            f"'a' and 'b' cannot be told apart: their means are the same (95 % interval {MINUS}1.00 to 1.00, for other "
            "seeds and other images).",
        ),
        (
            0.0003,
            (-0.0006, 0.0011),
            {"margin": 0.002},
            f"'a' and 'b' are practically equal: 'a' is ahead by 0.03 points (95 % interval {MINUS}0.06 to 0.11, for "
            "other seeds and other images), and up to 0.20 points do not matter.",
        ),
        (  # a difference that is real and too small to matter
            -0.0008,
            (-0.0011, -0.0005),
            {"margin": 0.002},
            "'a' and 'b' are practically equal: 'b' is ahead by 0.08 points (95 % interval 0.05 to 0.11, for other "
            "seeds and other images), and up to 0.20 points do not matter.",
        ),
        (
            0.015,
            (0.0058, 0.0242),
            {"comparisons": 6, "confidence": 0.9, "holds_for": "seeds"},
            "'a' is better than 'b' by 1.50 points (90 % interval 0.58 to 2.42, for other seeds on these very images, "
            "corrected for 6 comparisons).",
        ),
        (
            0.015,
            (0.0058, 0.0242),
            {"comparisons": 79_800, "confidence": 0.9, "holds_for": "seeds"},
            "'a' is better than 'b' by 1.50 points (90 % interval 0.58 to 2.42, for other seeds on these very images, "
            "corrected for 79,800 comparisons).",
        ),
        (
            0.015,
            (0.0058, 0.0242),
            {"holds_for": "images", "n": 1},
            "'a' is better than 'b' by 1.50 points (95 % interval 0.58 to 2.42, for other images and these very "
            "networks).",
        ),
        (None, None, {"n": 0}, "'a' and 'b' cannot be told apart: no seed has a figure for both."),
        (
            0.2,
            None,
            {"n": 1},
            "'a' and 'b' cannot be told apart: one seed alone says nothing about the spread between seeds.",
        ),
        (
            0.2,
            None,
            {"n": 3},
            "'a' and 'b' cannot be told apart: they differ by the same on 3 seeds, which says nothing about the "
            "spread.",
        ),
    ],
)
def test_a_comparison_says_what_its_interval_says(difference, interval, changes, sentence):
    assert said(difference, interval, **changes) == sentence


def test_a_lower_loss_is_ahead():
    assert said(-0.05, (-0.09, -0.01), unit="loss") == (
        "'a' is better than 'b' by 0.0500 in loss (95 % interval 0.0100 to 0.0900, for other seeds and other images)."
    )
    assert said(0.05, (0.01, 0.09), unit="loss").startswith(
        "'a' is worse than 'b' by 0.0500 in loss (95 % interval 0.0"
    )
    assert said(0.05, (-0.01, 0.11), unit="loss") == (
        f"'a' and 'b' cannot be told apart: 'b' is ahead by 0.0500 in loss (95 % interval {MINUS}0.0100 to 0.1100, for "
        "other seeds and other images)."
    )


def test_given_weights_are_said_with_what_the_interval_holds_for():
    assert said(0.015, (0.0058, 0.0242), given_start=True).endswith(
        "0.58 to 2.42, for other orders of the batches and other images, from these very weights)."
    )
    assert said(0.015, (0.0058, 0.0242), given_start=True, holds_for="seeds").endswith(
        "0.58 to 2.42, for other orders of the batches, from these very weights on these very images)."
    )


def test_one_network_is_no_networks():
    assert holds_words("images", networks=1) == ", for other images and this very network"
    assert holds_words("images") == ", for other images and these very networks"
    assert holds_words("nothing") == ""


@pytest.mark.parametrize(
    ("bases", "given", "words"),
    [
        (("seeds and images", "nothing"), (False, False), ", for other seeds and other images"),
        (("seeds and images", "seeds"), (False, False), ""),
        (("seeds and images",), (True, False), ""),
        (("seeds",), (True, True), ", for other orders of the batches, from these very weights on these very images"),
        (("nothing",), (False,), ""),
    ],
)
def test_what_differs_from_arm_to_arm_is_not_said_of_all(bases, given, words):
    assert shared_holds(bases, given_start=given) == words


@pytest.mark.parametrize(("unit", "ahead"), [("points", True), ("loss", False)])
def test_ahead_is_the_higher_accuracy_and_the_lower_loss(unit, ahead):
    found = made_comparison(0.02, (-0.01, 0.05))
    assert leads(found, unit) is ahead
    assert lead(found, unit) == ((0.02, (-0.01, 0.05)) if ahead else (-0.02, (-0.05, 0.01)))


def test_cells_of_a_table():
    found = made_comparison(0.02, (-0.01, 0.05))
    assert lead_cells(found, "points") == ("2.00", f"{MINUS}1.00 to 5.00")
    assert lead_cells(found, "loss") == (f"{MINUS}0.0200", f"{MINUS}0.0500 to 0.0100")
    assert lead_cells(made_comparison(None, None), "points") == ("\u2013", "\u2013")
    assert verdict_cell(found) == "not told apart"
    assert verdict_cell(made_comparison(0.02, (0.01, 0.05), holds_for="images")) == "better (these networks)"


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((0.00002, 0.003), "'a' is better than 'b' by 0.15 points (95 % interval 0.002 to 0.300"),
        ((-0.00002, 0.003), f"cannot be told apart: 'a' is ahead by 0.15 points (95 % interval {MINUS}0.002 to 0.300"),
        ((0.0, 0.003), "cannot be told apart: 'a' is ahead by 0.15 points (95 % interval 0.00 to 0.30"),
    ],
)
def test_an_interval_shows_on_which_side_of_zero_it_ends(interval, words):
    assert words in said(0.0015, interval)
