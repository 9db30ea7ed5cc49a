"""C6: what the doctor says of a difference that seeds and images alone can explain."""

from __future__ import annotations

import sys
from pathlib import Path

from classlab.analysis import analyse
from classlab.doctor.comparisons.one_seed import CAUSE, check
from classlab.records.finding import Unchecked

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))  # the studies of the tests of the analysis

from made_studies import made_study

GOOD, FAIR, POOR = (0.90, 0.91, 0.92), (0.905, 0.90, 0.93), (0.50, 0.52, 0.51)


def test_a_difference_that_is_told_is_no_finding():
    assert check(made_study({"good": GOOD, "poor": POOR})) == ()
    assert check(made_study({"good": GOOD, "same": GOOD}, noise=0, margin=0.05)) == ()  # and equality is one, too


def test_what_cannot_be_told_is_said_in_the_words_of_the_verdict():
    study = made_study({"good": GOOD, "fair": FAIR, "poor": POOR}, outcomes=False)
    verdict = analyse(study)
    (found,) = check(study)
    assert (found.severity, found.kind) == ("INFO", "fact")
    assert found.text == verdict.sentences[1]
    assert found.text.startswith("'fair' and 'good' cannot be told apart: ")
    assert found.causes[0].remedy in verdict.sentences
    assert found.causes[0].text == CAUSE.text


def test_one_that_may_be_the_best_is_found_though_another_arm_comes_between():
    (found,) = check(made_study({"good": GOOD, "steady": (0.88, 0.89, 0.90), "shaky": (0.70, 0.99, 0.80)}, noise=0))
    assert found.text.startswith("'good' and 'shaky' cannot be told apart: ")


def test_arms_of_one_seed_each_are_warned_of():
    (found,) = check(made_study({"good": (0.9,), "poor": (0.5,)}))
    assert (found.severity, found.text) == (
        "WARN",
        "The 2 arms were trained from one seed each, so no arm can be called better.",
    )
    assert found.causes == (CAUSE,)


def test_where_the_question_makes_no_sense_it_says_so():
    alone = check(made_study({"good": GOOD}))
    assert alone == Unchecked(rule="C6", reason="there is only one arm")
    assert check(made_study({"good": GOOD, "bad": (0.9, None, 0.8)})) == Unchecked(
        rule="C6", reason="a run has no validation figures"
    )
