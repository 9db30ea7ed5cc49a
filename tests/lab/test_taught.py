"""A step as a lesson: predictions are judged by the figures, words are explained once, commands are filled in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.analysis import judge_arms
from classlab.lab.scaling import ScalingFacts, wrong_sentence
from classlab.lab.sentences import Planned
from classlab.lab.step import StepReport
from classlab.lab.steps import look, optimizers
from classlab.lab.taught import Taught, taught
from classlab.lab.words import WORDS, new_words
from classlab.reports.document import Callout, Choices, Code, Folded
from classlab.statistics import compare, estimate, sample

NAMES = {
    "digits": "mnist5k",
    "clothes": "digits",
    "pictures": "mnist5k",
    "lab": "classlab lab",
    "another": "25",
}


def lesson(**changes) -> Taught:
    report = StepReport(brief=("One arm leads.", "By 2 points."), answers=("One arm leads.",), held=1)
    (found,) = taught([(look.STEP, replace(report, **changes))], names=NAMES)
    return found


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (1, ["The figures say otherwise.", "As the figures have it.", "The figures say otherwise."]),
        (None, ["The figures leave this open."] * 3),
    ],
)
def test_a_prediction_is_answered_by_the_figures(held, said):
    (choices,) = (block for block in lesson(held=held).section.blocks if isinstance(block, Choices))
    assert [answer for answer, _ in choices.answers] == [
        "(a) Yes, exactly.",
        "(b) Roughly: none has twice as many as another.",
        "(c) No: one has at least twice as many.",
    ]
    assert [response for _, response in choices.answers] == [f"{each} One arm leads. By 2 points." for each in said]


def test_where_the_evidence_does_not_tell_no_other_choice_is_refuted():
    report = StepReport(brief=("Two lead.", "By 2 points."), answers=("Two lead.",), held=3, decides=("It is open.",))
    (found,) = taught([(optimizers.STEP, report)], names={**NAMES, "digits": "mnist5k"})
    (choices,) = (block for block in found.section.blocks if isinstance(block, Choices))
    assert [response for _, response in choices.answers] == [
        *3 * ["The figures leave this open. It is open."],
        "As the figures have it. It is open.",
    ]


def test_a_lesson_goes_from_the_question_to_what_if():
    section = lesson().section
    question, answer = (block for block in section.blocks if isinstance(block, Callout))
    assert (question.title, answer.title, answer.items) == ("Question 1", "Answer", ("One arm leads.", "By 2 points."))
    assert isinstance(section.blocks[-1], Folded)
    assert section.blocks[-2] == Code(
        text="classlab data mnist5k --no-tile --show train:7 --show test:7", language="sh"
    )


def test_words_are_explained_where_they_first_appear_and_with_the_words_that_explain_them():
    assert [word.name for word in new_words(["One arm leads by 2 points."], ["accuracy"])] == [
        "arm", "class", "gradient", "loss", "optimizer", "point"
    ]  # fmt: skip
    report = StepReport(brief=("Each arm has 5 seeds.",), answers=())
    first, second = taught([(look.STEP, report), (optimizers.STEP, report)], names=NAMES)
    assert {"arm", "seed"} <= {word.name for word in first.words}
    assert {word.name for word in first.words}.isdisjoint(word.name for word in second.words)
    assert {"loss", "gradient", "epoch"}.isdisjoint(word.name for word in second.words)  # its paragraph explains them


def test_every_word_that_a_paragraph_explains_stands_in_it():
    from classlab.lab.lab import STEPS

    patterns = {word.name: word.pattern for word in WORDS}
    for step in STEPS:
        known = {word.name for word in new_words([step.lesson.expect], ())}
        assert known.issuperset(step.lesson.introduces)
        assert set(step.lesson.introduces) <= patterns.keys()


def judged(*figures):
    names = [f"SGD 0.{'0' * place}1" for place in range(len(figures))]
    return judge_arms(names, [sample(each) for each in figures], margin=0.002)


def test_the_best_rates_are_those_that_cannot_be_told_from_the_first():
    clear = judged([0.91, 0.92, 0.915], [0.5, 0.523, 0.508], [0.3, 0.33, 0.31])
    open_ = judged([0.91, 0.92, 0.915], [0.9, 0.93, 0.91])
    assert optimizers.best_rates_sentence({"SGD": clear, "Adam": open_, "RMSprop": judged([None], [None])}) == (
        "The best learning rate of those tried: SGD 0.1; Adam 0.1 or 0.01, which cannot be told apart; RMSprop none, "
        "because no run ended well."
    )


def test_whether_more_epochs_help_is_one_sentence():
    better = compare(sample([0.95, 0.96, 0.955]), sample([0.90, 0.92, 0.911]), margin=0.002)
    cannot = compare(sample([0.95, 0.90, 0.955]), sample([0.90, 0.96, 0.911]), margin=0.002)
    found = [
        Planned(first=f"{name}, 20 epochs", second=f"{name}, 5 epochs", comparison=each)
        for name, each in (("A", better), ("B", cannot), ("C", better))
    ]
    assert optimizers.help_sentence(found, 5, 20) == (
        "20 epochs instead of 5 help 'A' and 'C'; they may help 'B' or not, which these runs cannot tell."
    )
    assert optimizers.help_sentence(found, 5, 5) == (
        "Both studies were trained for 5 epochs, so this run of the lab cannot say."
    )


def test_what_went_wrong_is_one_sentence_and_says_what_is_not_known():
    once = ScalingFacts(name="scaled once", loss=0.3, chance=0.1, test=estimate(sample([0.9])), epochs=4, relus=None)
    twice = replace(once, name="scaled twice", test=estimate(sample([0.1])))
    assert wrong_sentence(once, twice) == (
        "What went wrong in step 7: pixels were divided by 255 twice; the test accuracy is 10.0 % instead of 90.0 %, "
        "guessing has 10.0 %."
    )
    assert wrong_sentence(once, replace(twice, test=estimate(sample([None])))) == (
        "What went wrong in step 7: pixels were divided by 255 twice, and what that costs is not known, because not "
        "both networks came to their end."
    )
