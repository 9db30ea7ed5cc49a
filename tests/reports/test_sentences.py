"""Every sentence with a claim follows the numbers: other numbers, another sentence."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.analysis import analyse
from classlab.reports.sentences import (
    calibration_sentence,
    comparison_sentence,
    confirmation_sentences,
    flattery_sentence,
    gap_sentence,
    gap_summary,
    mistakes_sentence,
    states_sentence,
    verdict_sentences,
)
from classlab.reports.sentences import test_sentence as sentence_about_the_test_set
from classlab.statistics import calibration, compare, confusion

ADAM = (0.921, 0.923, 0.922, 0.920, 0.924)
RMSPROP = (0.9215, 0.9222, 0.9212, 0.9205, 0.9233)


def said(first, second, **options):
    return comparison_sentence("Adam", "RMSprop", compare(first, second, **options))


def test_arms_that_differ_clearly_are_called_better_or_worse_with_the_evidence():
    low = [share - 0.05 for share in (0.921, 0.9225, 0.9215, 0.9205, 0.9245)]
    assert said(ADAM, low) == ("Adam is better than RMSprop on 5 seeds: difference 5.00 points, interval 4.94 to 5.06.")
    assert said(low, ADAM).startswith("Adam is worse than RMSprop on 5 seeds: difference \u22125.00 points")


def test_arms_that_cannot_be_told_apart_come_with_the_seeds_that_would_tell():
    found = compare(ADAM, RMSPROP)
    assert found.seeds_needed is not None
    assert said(ADAM, RMSPROP) == (
        "Adam and RMSprop cannot be told apart on 5 seeds: difference 0.03 points, interval \u22120.06 to 0.11; "
        f"about {found.seeds_needed} seeds would tell."
    )


def test_arms_within_the_margin_are_practically_equal():
    assert said(ADAM, RMSPROP, margin=0.002) == (
        "Adam and RMSprop are practically equal on 5 seeds: difference 0.03 points, interval \u22120.06 to 0.11, which "
        "lies within the margin of 0.20 points."
    )


def test_one_common_seed_is_too_few_and_none_fewer():
    assert said([0.9, None], [0.8, 0.8]) == (
        "Adam and RMSprop cannot be told apart: only one seed has a figure for both, and the spread takes two or more."
    )
    assert said([0.9, None], [None, 0.8]).startswith("Adam and RMSprop cannot be told apart: no seed has a figure")


def test_losses_are_not_called_points():
    assert comparison_sentence("a", "b", compare([0.5, 0.6], [0.51, 0.58]), unit="loss").startswith(
        "a and b cannot be told apart on 2 seeds: difference 0.0050 in loss, interval"
    )


def test_the_verdict_names_the_winner_only_where_it_wins(make_study):
    clear = verdict_sentences(analyse(make_study({"a": (0.9, 0.91, 0.92), "b": (0.5, 0.52, 0.51)})))
    assert clear[0] == "a is the best of the 2 arms that can be ranked."
    tied = verdict_sentences(analyse(make_study({"a": (0.9, 0.91, 0.92), "b": (0.9, 0.92, 0.90)})))
    assert tied[0].startswith("a and b cannot be told apart on 3 seeds: difference 0.33 points")
    assert not any("best" in sentence for sentence in tied)
    assert tied[1].startswith("a reaches a validation accuracy of 91.00 %, the mean of 3 seeds (95 % interval 88.52 %")


def test_the_other_arms_are_sorted_by_what_can_be_said_of_them(make_study):
    arms = {"a": (0.9, 0.91, 0.92), "b": (0.9, 0.92, 0.90), "c": (0.89, 0.92, 0.9), "d": (0.5, 0.52, 0.51)}
    found = verdict_sentences(analyse(make_study(arms)))
    assert "c cannot be told apart from a." in found
    assert "d is worse than a." in found


def test_many_names_are_counted_rather_than_listed(make_study):
    arms = {"a": (0.9, 0.91, 0.92)} | {
        f"b{place}": (0.5 + place / 100, 0.51 + place / 100, 0.521 + place / 100) for place in range(8)
    }
    found = verdict_sentences(analyse(make_study(arms)))
    assert any("and 3 more arms are worse than a." in sentence for sentence in found)


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        ({"a": (None, None)}, "No arm has a figure: none of the 2 runs ended well."),
        ({"a": (0.9, 0.8)}, "There is one arm, so there is nothing to compare it with."),
        (
            {"a": (0.9,), "b": (0.8,)},
            "a comes first, but with one seed per arm nothing says whether that is more than chance.",
        ),
        (
            {"a": (0.9, 0.8), "b": (0.9, None)},
            "a is the only arm whose every run ended well, so it is compared with no other.",
        ),
    ],
)
def test_where_nothing_can_be_compared_the_verdict_says_why(make_study, arms, expected):
    assert expected in verdict_sentences(analyse(make_study(arms)))


def test_one_seed_speaks_of_networks_and_not_of_arms(make_study, make_evidence):
    found = verdict_sentences(make_evidence(make_study({"a": (0.95,), "b": (0.70,), "c": (0.94,)})).analysis)
    assert found[0].startswith("a and c cannot be told apart on 200 images: difference 1.00 points")
    assert found[1].startswith("With one seed per arm this speaks of the two trained networks and not of the arms")
    assert found[2] == "The networks of b are worse than that of a."


def test_the_gap_says_what_its_interval_says(make_study):
    shown = analyse(make_study({"a": (0.9, 0.91, 0.92)})).first
    assert gap_sentence(shown) == (
        "a is right for 94.00 % of the training images and 90.00 % of the test images: gap 4.00 points, interval 4.00 "
        "to 4.00. Of 100 new images it gets about 4.0 more wrong than of 100 that it was trained on: not everything it "
        "learnt holds for new images."
    )
    one = analyse(make_study({"a": (0.9,)})).first  # one seed: the interval comes from 1,000 and 200 images
    assert gap_sentence(one).endswith("so these runs do not show whether there is a gap at all.") == (
        one.gap.interval[0] <= 0
    )
    none = analyse(make_study({"a": (None, None)})).first
    assert gap_sentence(none) == "a has no gap to speak of: no seed has both a training and a test accuracy."


def test_the_gap_summary_counts_arms(make_study):
    both = analyse(make_study({"a": (0.9, 0.91, 0.92), "b": (0.5, 0.52, 0.51)}))
    assert gap_summary(both).startswith("Every arm does better on its training images than on new ones, most of all ")
    assert gap_summary(analyse(make_study({"a": (None, None)}))) == (
        "No arm has an interval for its gap, so nothing can be said about generalisation."
    )


def test_runs_that_went_wrong_are_counted_by_arm(make_study):
    assert states_sentence(analyse(make_study({"a": (0.9, 0.8)}))) is None
    assert states_sentence(analyse(make_study({"a": (0.9, 0.8), "b": (None, 0.9)}))) == (
        "1 of 4 runs did not end well: b (1 diverged). Their figures are left out, and their arms come after those "
        "whose every run finished."
    )


def test_the_winners_luck_is_put_in_points_and_fresh_seeds_answer_it(make_study):
    arms = {"a": (0.90, 0.91, 0.92), "b": (0.905, 0.905, 0.925)}
    plain = analyse(make_study(arms))
    assert flattery_sentence(plain).endswith("Fresh seeds would show it without that luck: give --confirm 5.")
    assert confirmation_sentences(plain) == ()
    fresh = analyse(make_study(arms, confirm={"b": (0.89, 0.90, 0.895), "a": (0.91, 0.925, 0.915)}))
    assert "--confirm" not in flattery_sentence(fresh)
    assert confirmation_sentences(fresh)[0] == (
        "On 3 fresh seeds b reaches 89.50 %, against 91.17 % on the seeds it was picked on."
    )
    assert confirmation_sentences(fresh)[1].startswith("Fresh seeds alone: b is worse than a on 3 seeds")
    assert flattery_sentence(analyse(make_study({"a": (0.9, 0.91)}))) is None


def test_the_test_figure_says_whether_the_test_images_chose(make_study):
    study = make_study({"a": (0.9, 0.91, 0.92)})
    assert sentence_about_the_test_set(study, analyse(study)) == (
        "On the 200 test images, which took no part in choosing it, a is right for 90.00 % (95 % interval over the "
        "seeds 87.52 % to 92.48 %)."
    )


def test_mistakes_name_the_pair_and_the_weakest_class():
    found = confusion(np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 2, 2, 2]), classes=3)
    assert mistakes_sentence(found, ("x", "y", "z")) == (
        "1 mistake in 6 test images. The most frequent is y taken for z: 1 time, 50.0 % of that class. Recognised "
        "least is y: 50.0 % of its images."
    )
    right = confusion(np.array([0, 1]), np.array([0, 1]), classes=2)
    assert mistakes_sentence(right, ("x", "y")) == "All 2 test images are predicted right."


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (4, "too sure of itself by 20.00 points"),
        (6, "means on average what it says"),
        (8, "less sure than it could be"),
    ],
)
def test_confidence_is_judged_against_accuracy(right, words):
    labels = np.array([0] * right + [1] * (10 - right))
    assert words in calibration_sentence(calibration(np.tile([0.6, 0.4], (10, 1)), labels))
