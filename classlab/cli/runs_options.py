"""The options of `classlab runs` by which runs are chosen, and those that every part of it shares."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classlab.studies.store import RunFilter

# The words of RunFilter, written down again because the parser must not import the store.
_OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam")
_STATES = ("finished", "stopped_early", "diverged", "failed", "interrupted")
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
    parser.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="folder of the store (environment variable CLASSLAB_STORE, else classlab-store)",
        **absent,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document", **absent)
    parser.add_argument("--quiet", action="store_true", help="say nothing on standard error", **absent)


def add_filters(parser: argparse.ArgumentParser, *, inner: bool) -> None:
    """Adds the options of `RunFilter`."""
    default = argparse.SUPPRESS if inner else None
    group = parser.add_argument_group("which runs")

    def add(name: str, **options: Any) -> None:
        group.add_argument(name, default=default, **options)

    add("--study", metavar="NAME", help="runs of this study")
    add("--data", metavar="NAME", help="runs on this dataset")
    add("--model", metavar="NAME", help="runs of this model")
    add("--optimizer", choices=_OPTIMIZERS, help="runs with this optimizer")
    add("--learning-rate", type=float, metavar="RATE", help="runs with this learning rate")
    add("--seed", type=_whole_number, metavar="N", help="runs with this seed")
    add("--state", choices=_STATES, help="runs that ended like this")
    add("--epochs", type=_whole_number, metavar="N", help="runs of so many epochs")
    add("--batch-size", type=_whole_number, metavar="N", help="runs with this batch size")
    add("--min-accuracy", type=float, metavar="SHARE", help="runs with at least this accuracy on validation images")
    add("--max-loss", type=float, metavar="LOSS", help="runs with at most this loss on validation images")
    add(
        "--sort",
        choices=SORT_KEYS,
        help="order (created, newest first); accuracy, loss: on validation images, best first",
    )
    add("--limit", type=_whole_number, metavar="N", help="at most so many, after sorting")


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
    for name in _FILTERS:
        if getattr(options, name, None) is not None and name not in besides:
            options.command_parser.error(f"`--{name.replace('_', '-')}` has no effect here")


def _whole_number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number < 2**63:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2**63 - 1, but got {text}")
    return number
