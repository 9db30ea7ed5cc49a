"""The options of `classlab runs` by which runs are chosen, and those that every part of it shares."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, get_args

from classlab.cli.shared_options import add_output_options, add_store_option
from classlab.cli.table_options import flag, reader, refuse_idle, values_given
from classlab.options.words import OptimizerName, RunState, SortKey

if TYPE_CHECKING:
    from classlab.studies.store import RunFilter

_natural = reader("seed", bounds=True)  # a whole number from 0
FILTERS: dict[str, dict[str, Any]] = {  # of `RunFilter`, by its names
    "study": {"metavar": "NAME", "help": "runs of this study"},
    "data": {"metavar": "NAME", "help": "runs on this dataset"},
    "model": {"metavar": "NAME", "help": "runs of this model"},
    "optimizer": {"choices": get_args(OptimizerName), "help": "runs with this optimizer"},
    "learning_rate": {"type": float, "metavar": "RATE", "help": "runs with this learning rate"},
    "seed": {"type": _natural, "metavar": "N", "help": "runs with this seed"},
    "state": {"choices": get_args(RunState), "help": "runs that ended like this"},
    "epochs": {"type": _natural, "metavar": "N", "help": "runs of so many epochs"},
    "batch_size": {"type": _natural, "metavar": "N", "help": "runs with this batch size"},
    "min_accuracy": {"type": float, "metavar": "SHARE", "help": "runs with at least this validation accuracy"},
    "max_loss": {"type": float, "metavar": "LOSS", "help": "runs with at most this validation loss"},
    "sort": {
        "choices": get_args(SortKey),
        "help": "order (created, newest first); accuracy, loss: on validation images, best first",
    },
    "limit": {"type": _natural, "metavar": "N", "help": "at most so many, after sorting"},
}


def add_shared_options(parser: argparse.ArgumentParser, *, inner: bool) -> None:
    """Adds `--store`, `--json` and `--quiet`.

    Args:
        parser: the parser.
        inner: whether it is the parser of a word after `runs`; its defaults must not undo what stood before.
    """
    absent: dict[str, Any] = {"default": argparse.SUPPRESS} if inner else {}
    add_store_option(parser, **absent)
    add_output_options(parser, quiet="say nothing on standard error", json="print one JSON document", **absent)


def add_filters(parser: argparse.ArgumentParser, *, inner: bool) -> None:
    """Adds the options of `RunFilter`."""
    group = parser.add_argument_group("which runs")
    for name, described in FILTERS.items():
        group.add_argument(flag(name), default=argparse.SUPPRESS if inner else None, **described)


def run_filter(options: argparse.Namespace) -> RunFilter:
    """The filter that the options ask for.

    Raises:
        SpecError: a value is impossible.
    """
    from classlab.studies.store import RunFilter

    return RunFilter(**values_given(options, FILTERS))


def refuse_filters(options: argparse.Namespace, *, besides: tuple[str, ...] = ()) -> None:
    """Ends with a usage error where a filter was given to a command that would not use it."""
    refuse_idle(options, [name for name in FILTERS if name not in besides], "here")
