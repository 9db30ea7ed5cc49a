"""What is said after the verdict: other rules, fresh seeds, the test images."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_judgements import made_comparison, made_estimate
from made_studies import made_study

from classlab.analysis import Confirmation, OtherWinner, analyse
from classlab.analysis.sentences.outcome import outcome_sentences

HOLDS = "for other seeds and other images"
STUDY = made_study({"a": (0.92, 0.92), "b": (0.9, 0.9)}, noise=0)
ON_TEST = made_study({"a": (0.92, 0.92), "b": (0.9, 0.9)}, noise=0, validation="test")
BY_LOSS = made_study({"a": (0.92, 0.92), "b": (0.9, 0.9)}, noise=0, select="val_loss")
GIVEN = made_study({"a": (0.92, 0.92), "b": (0.9, 0.9)}, noise=0, given=("b",))
BETTER = made_comparison(0.05, (0.03, 0.07))
WORSE = made_comparison(-0.04, (-0.06, -0.02))


def said(study=STUDY, **changes) -> list[str]:
    return list(outcome_sentences(study, replace(analyse(study), **changes)))


def confirmation(scores, comparison=BETTER, on_test=None, *, arms=(0, 1)) -> Confirmation:
    return Confirmation(arms=arms, seeds=(7, 8, 9), scores=scores, test=scores, comparison=comparison, on_test=on_test)


FRESH = tuple(made_estimate(mean, n=3) for mean in (0.91, 0.86))


def test_another_rule_names_its_winner_once_with_every_reason():
    others = (
        OtherWinner(rule="accuracy of the best epoch", arm=1, figure=0.95, first_figure=0.93),
        OtherWinner(rule="loss at the end", arm=1, figure=0.2, first_figure=0.25),
    )
    assert said(other_winners=others)[0] == (
        "Another rule names another winner: by the validation accuracy of each run's best epoch (95.00 % against 93.00 "
        "%) "
        "and by the validation loss at the end (0.2000 against 0.2500), 'b' would come before 'a'."
    )
    assert said()[0].startswith("On the test images")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("accuracy at the end", "the validation accuracy at the end (95.00 % against 93.00 %)"),
        ("loss of the best epoch", "the validation loss of each run's best epoch (0.9500 against 0.9300)"),
        ("balanced accuracy", "the mean over classes of the share recognised (95.00 % against 93.00 %)"),
    ],
)
def test_every_rule_has_its_words(rule, words):
    other = OtherWinner(rule=rule, arm=1, figure=0.95, first_figure=0.93)
    assert f"by {words}, 'b'" in said(other_winners=(other,))[0]


def test_fresh_seeds_are_set_against_those_that_chose_and_against_the_rival():
    found = said(confirmation=confirmation(FRESH, BETTER, WORSE))
    assert found[:3] == [
        "On 3 fresh seeds and the same validation images 'a' reaches 91.00 %, against 92.00 % on the seeds it was "
        "picked "
        "on.",
        "With the fresh seeds alone, on the images that chose: 'a' is better than 'b' by 5.00 points (95 % interval "
        "3.00 "
        f"to 7.00, {HOLDS}).",
        f"With the fresh seeds on the test images, which chose nothing: 'a' is worse than 'b' by 4.00 points (95 % "
        f"interval 2.00 to 6.00, {HOLDS}).",
    ]


def test_fresh_seeds_that_failed_are_counted():
    some = (made_estimate(0.91, n=2, excluded=1), FRESH[1])
    assert said(confirmation=confirmation(some))[0].startswith(
        "On 2 of 3 fresh seeds and the same validation images 'a'"
    )
    assert said(confirmation=confirmation((made_estimate(None), FRESH[1])))[:2] == [
        "None of the 3 fresh seeds of 'a' ended well.",
        said()[0],
    ]


def test_one_arm_is_confirmed_against_nothing():
    found = said(confirmation=confirmation(FRESH[:1], None, arms=(0,)))
    assert [sentence.split(" ")[0] for sentence in found] == ["On", "On"]


def test_where_the_test_images_chose_fresh_seeds_do_not_cure_it():
    found = said(ON_TEST, confirmation=confirmation(FRESH))
    assert found[2] == "No images are left that did not choose, so fresh seeds cannot show how far the images flatter."
    assert said(confirmation=confirmation(FRESH))[2].startswith("On the test images")


def test_fresh_losses_are_no_shares():
    lower = made_comparison(-0.05, (-0.07, -0.03), lower=True)
    found = said(BY_LOSS, confirmation=confirmation(FRESH, lower, BETTER))
    assert found[0] == (
        "On 3 fresh seeds and the same validation images 'a' reaches 0.9100, against 0.0800 on the seeds it was picked "
        "on."
    )
    assert "'a' is better than 'b' by 0.0500 in loss (" in found[1]
    assert "'a' is better than 'b' by 5.00 points (" in found[2]  # test images tell accuracies


def test_given_weights_are_said_of_fresh_seeds_too():
    found = said(GIVEN, confirmation=confirmation(FRESH, BETTER, BETTER))
    assert all(sentence.endswith("from these very weights).") for sentence in found[1:3])


def test_the_test_figure_says_whether_the_test_images_chose():
    test = made_estimate(0.91, (0.89, 0.93), images=200)
    first = replace(analyse(STUDY).first, test=test)
    figure = f"91.00 % with 5 seeds on 200 images (95 % interval 89.00 to 93.00 %, {HOLDS})"
    arms = (first, analyse(STUDY).arms[1])
    assert said(arms=arms) == [f"On the test images, which took no part in choosing it, 'a' is right for {figure}."]
    assert said(ON_TEST, arms=arms) == [
        f"On the test images, which also chose it, so that this flatters, 'a' is right for {figure}."
    ]
    nothing = replace(first, test=made_estimate(None))
    assert said(arms=(nothing, arms[1])) == []
