from __future__ import annotations

import pytest

from classlab.analysis.notices import duplicates
from classlab.datasets import Dataset
from classlab.studies.built_study import build_study
from classlab.studies.study_options import draft_from_python


def study_of(digits: Dataset, *arms: dict, seeds=2, **options):
    draft = draft_from_python("s", data=digits, arms=arms, settings={"seeds": seeds}, options=options)
    return build_study(draft, digits).spec


def notices_of(digits: Dataset, *arms: dict, **options) -> tuple[str, ...]:
    draft = draft_from_python("s", data=digits, arms=arms, settings={"seeds": options.pop("seeds", 2)}, options=options)
    return build_study(draft, digits).notices


def test_a_sound_study_needs_no_notice(digits):
    assert notices_of(digits, optimizer=["sgd", "adam"]) == ()


def test_one_configuration_under_several_names_is_found(digits):
    arms = ({"name": "a", "optimizer": "sgd"}, {"name": "b", "optimizer": "sgd", "learning_rate": 0.01}, {"name": "c"})
    assert duplicates(study_of(digits, *arms)) == [("a", "b")]
    assert notices_of(digits, *arms) == (
        "The arms 'a' and 'b' are one and the same configuration under 2 names; a difference between them cannot mean "
        "anything.",
    )


def test_many_groups_of_duplicates_are_counted(digits):
    rates = [0.01 * number for number in range(1, 8)]
    arms = [{"name": f"{name}{number}", "learning_rate": rate} for number, rate in enumerate(rates) for name in "ab"]
    found = notices_of(digits, *arms)
    assert len(found) == 6
    assert found[5] == "2 more groups of arms are one configuration under several names."


@pytest.mark.parametrize(
    ("name", "optimizer", "sentence"),
    [
        (
            "RMSprop 20 epochs",
            "adam",
            "The arm 'RMSprop 20 epochs' is called after rmsprop, but its optimizer is adam.",
        ),
        ("adam_long", "sgd", "The arm 'adam_long' is called after adam, but its optimizer is sgd."),
        ("adamw", "adamw", None),
        ("adam against sgd", "adam", None),
        ("madam", "sgd", None),
    ],
)
def test_an_arm_called_after_another_optimizer_is_found(digits, name, optimizer, sentence):
    found = notices_of(digits, {"name": name, "optimizer": optimizer}, {"name": "other", "learning_rate": 0.5})
    assert found == (() if sentence is None else (sentence,))


def test_one_seed_the_test_set_and_unequal_lengths_are_said(digits):
    assert notices_of(digits, seeds=1, validation="test", epochs=[2, 5]) == (
        "Every arm was trained from one seed only, so the figures say nothing about the spread between seeds.",
        "The arms are ranked on the test images, because they validate on them, so the winner's test figure is "
        "flattered.",
        "The arms were not trained equally long: from 2 to 5 epochs.",
    )
