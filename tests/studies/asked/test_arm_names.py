from __future__ import annotations

import pytest

from classlab.datasets import Dataset
from classlab.records.optimizers import Adam
from classlab.studies.asked.arm_names import arm_names
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_file import draft_from_python


def arms_of(digits: Dataset, *arms: dict, **options):
    draft = draft_from_python("s", data=digits, arms=arms, settings={}, options=options)
    return build_study(draft, digits).spec.arms


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"optimizer": ["sgd", "adam"], "learning_rate": [0.01, 0.1]}, "sgd 0.01|sgd 0.1|adam 0.01|adam 0.1"),
        ({"optimizer": ["sgd", "adam"]}, "sgd|adam"),
        ({"learning_rate": [0.01, 1e-5]}, "learning rate 0.01|learning rate 1e-05"),
        ({"activation": ["relu", "tanh"], "optimizer": ["adam", "sgd"]}, "relu, adam|relu, sgd|tanh, adam|tanh, sgd"),
        (
            {"units": [(16,), (16, 8)], "batch_size": [32, 64]},
            "16, batch 32|16, batch 64|16-8, batch 32|16-8, batch 64",
        ),
        ({"optimizer": "sgd", "nesterov": [True, False], "momentum": 0.9}, "nesterov|no nesterov"),
        ({"model": ["linear", "mlp"]}, "linear|mlp"),
        ({"dropout": [0.0, 0.5]}, "dropout 0|dropout 0.5"),
        ({"epochs": 3}, "mlp"),
    ],
)
def test_unnamed_arms_are_called_by_what_differs(digits, options, names):
    assert "|".join(arm.name for arm in arms_of(digits, **options)) == names


def test_settings_hold_what_differs_and_show_the_defaults_of_arms_that_do_not_name_it(digits):
    first, second, third = arms_of(
        digits, {"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "sgd"}, {"optimizer": "adam"}, epochs=3
    )
    assert first.settings == {"optimizer": "sgd", "momentum": 0.9}
    assert second.settings == {"optimizer": "sgd", "momentum": 0.0}
    assert third.settings == {"optimizer": "adam"}  # it has no momentum
    assert [first.name, second.name, third.name] == ["sgd, momentum 0.9", "sgd, momentum 0", "adam"]


def test_defaults_that_nobody_named_do_not_tell_arms_apart(digits):
    assert [arm.settings for arm in arms_of(digits, optimizer=["adam", "adamw"])] == [
        {"optimizer": "adam"},
        {"optimizer": "adamw"},
    ]


def test_a_ready_optimizer_shows_what_it_changes(digits):
    assert arms_of(digits, {"optimizer": Adam(beta_1=0.8)}, {"optimizer": "adam"})[0].settings == {"beta_1": 0.8}


def test_a_named_arm_that_is_a_grid_adds_what_varies_within_it(digits):
    arms = arms_of(digits, {"name": "mine", "learning_rate": [0.1, 0.2]}, {"name": "yours", "epochs": 2})
    assert [arm.name for arm in arms] == ["mine learning rate 0.1", "mine learning rate 0.2", "yours"]


def test_a_name_holds_nothing_that_a_terminal_would_obey():
    assert arm_names([""], [{}], ["a\x1b[2Jb\u202ec"]) == ["a?[2Jb?c"]


def test_names_are_unique_whatever_happens():
    settings = [{}, {}, {}, {}]
    assert arm_names(["", "", "mlp (2)", "x"], settings, ["mlp"] * 4) == ["mlp", "mlp (3)", "mlp (2)", "x"]
    same = [{"epochs": 3}] * 2
    assert arm_names(["", ""], same, ["mlp"] * 2) == ["epochs 3", "epochs 3 (2)"]
