"""Settings of a study that leave its arms as they are."""

from __future__ import annotations

import pytest

from classlab.errors import SpecError
from classlab.studies.asked.study_file import checked, with_settings


@pytest.fixture
def draft():
    return checked(
        {"name": "rates", "data": "digits", "learning_rate": [0.1, 0.2], "seeds": 2, "question": "Which?"},
        place="study.toml",
    )


def test_what_is_given_takes_the_place_of_what_was_written(draft):
    found = with_settings(draft, {"seeds": (3, 5), "name": "wider", "margin": 0.01}, place="here")
    assert (found.seeds, found.name, found.margin) == ((3, 5), "wider", 0.01)
    assert (found.question, found.data, found.arms) == ("Which?", "digits", draft.arms)
    assert with_settings(draft, {"seeds": 4}, place="here").seeds == (0, 1, 2, 3)


def test_none_leaves_a_setting_as_it_is(draft):
    found = with_settings(draft, {"seeds": None, "question": None, "select": "val_loss"}, place="here")
    assert (found.seeds, found.question, found.select) == ((0, 1), "Which?", "val_loss")
    assert with_settings(draft, {"question": ""}, place="here").question == ""


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"seeds": 0},
            "here: `seeds` must be a number of seeds, at least 1, or a list of seeds, but got 0. Write for example "
            "seeds "
            "= 5.",
        ),
        ({"seeds": [3, 3]}, "here: `seeds` must be distinct, but 3 comes 2 times. Keep it once."),
        (
            {"select": "accuracy"},
            "here: `select` must be one of val_accuracy, val_loss, val_balanced_accuracy, "
            "val_macro_f1, but got 'accuracy'. Did you mean 'val_accuracy'?",
        ),
        (
            {"confidence": 1.0},
            "here: `confidence` must be a share from 0.5 to below 1, but got 1.0. Write for example confidence = 0.95.",
        ),
        (
            {"seeds": 9000},
            "study.toml: a study must have at most 10,000 runs, but got 2 arms with 9,000 seeds each, 18,000 runs. "
            "Shorten the longest lists.",
        ),
    ],
)
def test_what_a_setting_does_not_take_is_refused_where_it_was_given(draft, settings, sentence):
    with pytest.raises(SpecError) as refused:
        with_settings(draft, settings, place="here")
    assert str(refused.value) == sentence
