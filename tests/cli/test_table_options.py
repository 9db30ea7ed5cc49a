"""Errors of the command line name flags."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from classlab.cli import sweep_options
from classlab.cli import train_options as train_command
from classlab.cli.table_options import refuse_idle, with_flags
from classlab.options import OPTIONS
from classlab.options.option_text import read_value


def train(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train_command.add_options(parser)
    parser.set_defaults(command_parser=parser)
    return parser.parse_args(["--data", "digits", *words])


def sweep(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    sweep_options.add_options(parser)
    parser.set_defaults(command_parser=parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("`learning_rate` must be positive, got learning_rate=-1.5e-07.", "`--learning-rate` must be positive, got "
         "--learning-rate -1.5e-07."),
        ("Write for example units=(128, 64).", "Write for example --units 128,64."),
        ("Write for example size = [28, 28].", "Write for example --size 28x28."),
        ("got optimizer='adm'. Did you", "got --optimizer adm. Did you"),
        ("`nesterov` has no effect without `momentum`, but got nesterov=True alone", "`--nesterov` has no effect "
         "without `--momentum`, but got --nesterov alone"),
        ("`optimizer[2]` must be", "`--optimizer` must be"),
        ("`image_shape` must hold padding='same', `from_logits`", "`image_shape` must hold padding='same', "
         "`from_logits`"),
        ("x.epochs=3 is none, /tmp/epochs=3 is a path", "x.epochs=3 is none, /tmp/epochs=3 is a path"),
        ("the command line: `top_k` must be", "`--top-k` must be"),
    ],
)  # fmt: skip
def test_a_sentence_names_flags_where_it_names_options(said, meant):
    assert with_flags(said, train()) == meant


def test_a_switch_that_takes_a_word_is_written_with_it():
    assert with_flags("Write for example nesterov = true.", sweep()) == "Write for example --nesterov true."


def test_beside_a_study_file_only_what_the_command_line_gave_has_flags():
    options = sweep("study.toml", "--margin", "2")
    assert options.file == Path("study.toml")
    assert with_flags("study.toml, line 3: `margin` must be", options) == "study.toml, line 3: `margin` must be"
    assert with_flags("the command line: `margin` must be a share", options) == "`--margin` must be a share"
    assert with_flags("`size` is for folders of pictures", options) == "`size` is for folders of pictures"
    assert with_flags("Give a size, as in size=(32, 32).", options) == "Give a size, as in size = [32, 32]."
    assert with_flags("Give a size, as in size=(32, 32).", train()) == "Give a size, as in --size 32x32."


def test_a_text_that_is_none_of_a_value_stays_text():
    assert read_value("learning_rate", "fast,0.1") == ["fast", 0.1]
    assert read_value("epochs", "1.5") == "1.5"
    assert read_value("nesterov", "maybe") == "maybe"
    assert read_value("units", "8,4/x") == [[8, 4], "x"]


def test_every_option_of_a_run_is_on_the_command_line_and_none_is_given_unless_it_is():
    assert {name for name in OPTIONS if getattr(train(), name) is not None} == {"model"}


def test_an_idle_option_is_a_wrong_command_line(capsys):
    with pytest.raises(SystemExit) as stop:
        refuse_idle(train("--epochs", "3"), ("epochs",), "on Sundays")
    assert stop.value.code == 2
    assert "`--epochs` has no effect on Sundays" in capsys.readouterr().err
