from __future__ import annotations

import argparse
from typing import get_args, get_type_hints

from classlab.cli import train_options
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.run import EarlyStopping, LossName, Precision, Preprocessing, Start
from classlab.records.schedules import ScheduleName
from classlab.studies.asked.spec_options import SpecOptions


def test_repeated_words_equal_those_of_the_records():
    assert tuple(OPTIMIZERS) == train_options.OPTIMIZERS
    assert get_args(ScheduleName) == train_options.SCHEDULES
    assert get_args(LossName) == train_options.LOSSES
    assert get_args(get_type_hints(EarlyStopping)["monitor"]) == train_options.MONITORS
    assert get_args(Preprocessing) == train_options.PREPROCESSING
    assert get_args(Precision) == train_options.PRECISIONS
    assert get_args(Start) == train_options.STARTS


def test_every_option_of_a_run_is_on_the_command_line():
    parser = argparse.ArgumentParser()
    train_options.add_options(parser)
    options = parser.parse_args(["--data", "digits"])
    assert set(SpecOptions.__optional_keys__) <= set(vars(options))
    for name in SpecOptions.__optional_keys__:
        setattr(options, name, "given")
    assert set(train_options.spec_options(options)) == set(SpecOptions.__optional_keys__)
