from __future__ import annotations

import argparse

import pytest

from classlab.cli.sweep_options import add_options, arm_flags, document, settings
from classlab.options import OPTIONS, STUDY_KEYS, STUDY_SETTINGS


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


def test_every_key_of_a_study_file_is_an_option():
    assert {*OPTIONS, *STUDY_KEYS} <= set(vars(parsed()))


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        (["--optimizer", "sgd,adam"], "optimizer", ["sgd", "adam"]),
        (["--learning-rate", "0.01,1e-3"], "learning_rate", [0.01, 0.001]),
        (["--epochs", "5"], "epochs", 5),
        (["--units", "128,64/32"], "units", [[128, 64], [32]]),
        (["--units", "128,64"], "units", [128, 64]),
        (["--units", "128,x"], "units", "128,x"),
        (["--validation", "0.2,test"], "validation", [0.2, "test"]),
        (["--nesterov", "true,false"], "nesterov", [True, False]),
        (["--seeds", "3"], "seeds", 3),
        (["--seeds", "3,5"], "seeds", [3, 5]),
        (["--size", "8x9"], "size", [8, 9]),
        (["--margin", "0.01"], "margin", 0.01),
        (["--question", "Is 1,2 more?"], "question", "Is 1,2 more?"),
        (["--name", "7"], "name", "7"),
        (["--epochs", "many"], "epochs", "many"),
    ],
)
def test_an_option_stands_for_the_key_of_a_study_file(words, key, value):
    options = parsed("--data", "digits", *words)
    assert document(options)[key] == value
    assert (key in STUDY_SETTINGS) == (key in settings(options))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "digits-mlp"),
        (
            ["--model", "linear,nets/my net.keras", "--optimizer", "sgd,adam", "--epochs", "3"],
            "digits-linear-mynet-optimizer",
        ),
        (["--units", "8/4,4"], "digits-mlp-units"),
        (["--units", "4,4"], "digits-mlp"),
        (["--seeds", "3,5", "--select", "val_loss", "--margin", "0.1"], "digits-mlp"),  # more seeds are the same study
    ],
)
def test_a_study_without_a_name_is_called_by_what_varies(words, name):
    assert document(parsed("--data", "digits", *words))["name"] == name


def test_a_file_has_data_and_arms_of_its_own():
    assert arm_flags(parsed("study.toml", "--confirm", "3", "--quiet", "--seeds", "3", "--name", "n")) == []
    assert arm_flags(parsed("study.toml", "--learning-rate", "0.1", "--data", "digits", "--size", "8x8")) == [
        "--data",
        "--size",
        "--learning-rate",
    ]


def test_settings_of_a_study_may_be_changed_beside_a_file():
    found = settings(parsed("study.toml", "--seeds", "3,5", "--margin", "0.01", "--question", "1,2?", "--quiet"))
    assert found == {"question": "1,2?", "seeds": [3, 5], "margin": 0.01}
