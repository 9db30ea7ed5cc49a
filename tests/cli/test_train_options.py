from __future__ import annotations

import argparse

from classlab.cli import train_options
from classlab.options import OPTIONS


def test_every_option_of_a_run_is_on_the_command_line():
    parser = argparse.ArgumentParser()
    train_options.add_options(parser)
    options = parser.parse_args(["--data", "digits"])
    assert set(OPTIONS) <= set(vars(options))
    assert {name for name in OPTIONS if getattr(options, name) is not None} == {"model"}
