"""The options of `classlab runs` by which runs are chosen, and those that every part of it shares."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, get_args

from classlab.cli.shared_options import add_output_options, add_store_option
from classlab.cli.table_options import reader, refuse_idle
from classlab.options.words import OptimizerName, RunState

if TYPE_CHECKING:
    from classlab.studies.store import RunFilter

_natural = reader("seed", bounds=True)  # a whole number from 0
SORT_KEYS = (
    "created", "accuracy", "loss", "test_accuracy", "test_loss", "data", "model", "optimizer", "learning_rate", "seed",
    "state", "seconds",
)  # fmt: skip
_FILTERS = (
    "study", "data", "model", "optimizer", "learning_rate", "seed", "state", "epochs", "batch_size", "min_accuracy",
    "max_loss", "sort", "limit",
)  # fmt: skip


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
    default = argparse.SUPPRESS if inner else None
    group = parser.add_argument_group("which runs")

    def add(name: str, **options: Any) -> None:
        group.add_argument(name, default=default, **options)

    add("--study", metavar="NAME", help="runs of this study")
    add("--data", metavar="NAME", help="runs on this dataset")
    add("--model", metavar="NAME", help="runs of this model")
    add("--optimizer", choices=get_args(OptimizerName), help="runs with this optimizer")
    add("--learning-rate", type=float, metavar="RATE", help="runs with this learning rate")
    add("--seed", type=_natural, metavar="N", help="runs with this seed")
    add("--state", choices=get_args(RunState), help="runs that ended like this")
    add("--epochs", type=_natural, metavar="N", help="runs of so many epochs")
    add("--batch-size", type=_natural, metavar="N", help="runs with this batch size")
    add("--min-accuracy", type=float, metavar="SHARE", help="runs with at least this accuracy on validation images")
    add("--max-loss", type=float, metavar="LOSS", help="runs with at most this loss on validation images")
    add(
        "--sort",
        choices=SORT_KEYS,
        help="order (created, newest first); accuracy, loss: on validation images, best first",
    )
    add("--limit", type=_natural, metavar="N", help="at most so many, after sorting")


def run_filter(options: argparse.Namespace) -> RunFilter:
    """The filter that the options ask for.

    Raises:
        SpecError: a value is impossible.
    """
    from classlab.studies.store import RunFilter

    chosen = {name: getattr(options, name) for name in _FILTERS}
    return RunFilter(**{name: value for name, value in chosen.items() if value is not None})


def refuse_filters(options: argparse.Namespace, *, besides: tuple[str, ...] = ()) -> None:
    """Ends with a usage error where a filter was given to a command that would not use it."""
    refuse_idle(options, [name for name in _FILTERS if name not in besides], "here")
