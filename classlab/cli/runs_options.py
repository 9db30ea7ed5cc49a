"""`classlab runs` and the words that may follow it, with their options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from classlab.cli.shared_options import add_output_options, add_store_option
from classlab.cli.table_options import flag, reader, refuse_idle
from classlab.options.words import OptimizerName, RunState, SortKey

if TYPE_CHECKING:
    from classlab.cli.parser import Subparsers

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
    "limit": {"type": _natural, "metavar": "N", "help": "at most so many, after sorting (a list on the screen: 100)"},
    "skip": {"type": _natural, "metavar": "N", "help": "leave out so many first, after sorting: the next page"},
}
TEXT_FORMATS = ("csv", "json")
FOLDER_FORMATS = ("mlflow", "tensorboard")
_DESCRIPTION = "List the runs of a store, or do one of the commands below with them."


def add_runs(subparsers: Subparsers) -> None:
    """Adds the command, its options and the words that may follow it."""
    parser = subparsers.add_parser("runs", help="list, show, export and remove stored runs", description=_DESCRIPTION)
    _add_filters(parser, inner=False)
    parser.add_argument(
        "--rebuild", action="store_true", help="make a damaged database anew from the run folders beside it"
    )
    _add_shared_options(parser, inner=False)
    parser.set_defaults(run="runs", command_parser=parser)
    actions = parser.add_subparsers(title="commands", metavar="COMMAND")
    show = _add(actions, "show", "everything about one run")
    show.add_argument("identity", metavar="RUN", help="identity, or as much of its beginning as is unique")
    remove = _add(actions, "remove", "remove runs and their files")
    remove.add_argument(
        "identities", nargs="+", metavar="RUN", help="identity, or as much of its beginning as is unique"
    )
    remove.add_argument("--yes", action="store_true", help="do not ask")
    _add_export(actions)
    merge = _add(actions, "merge", "take the runs, studies and ledger of other stores into this one, each once")
    merge.add_argument("stores", nargs="+", type=Path, metavar="FOLDER", help="another store; it is only read")
    merge.set_defaults(run="merge")
    ledger = _add(actions, "ledger", "every time that test images were opened")
    ledger.add_argument("--data", default=None, metavar="NAME|DIGEST", help="of this dataset only")
    _add(actions, "studies", "list the studies")


def _add(actions: Subparsers, word: str, help_text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(word, help=help_text, description=f"{help_text.capitalize()}.")
    _add_shared_options(parser, inner=True)
    parser.set_defaults(run=f"runs.run_{word}", command_parser=parser)
    return parser


def _add_export(actions: Subparsers) -> None:
    """Adds the word `export` and its options."""
    parser = actions.add_parser(
        "export",
        help="write runs as CSV, JSON, Parquet, or for MLflow or TensorBoard",
        description="Write runs as a table (csv, json, parquet), or into a folder for MLflow or TensorBoard.",
    )
    parser.add_argument("--to", required=True, choices=(*TEXT_FORMATS, "parquet", *FOLDER_FORMATS), help="format")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="file or folder; csv and json go to standard output without it",
    )
    _add_filters(parser, inner=True)
    _add_shared_options(parser, inner=True)
    parser.set_defaults(run="runs.run_export", command_parser=parser)


def _add_shared_options(parser: argparse.ArgumentParser, *, inner: bool) -> None:
    """Adds `--store`, `--json` and `--quiet`.

    Args:
        parser: the parser.
        inner: whether it is the parser of a word after `runs`; its defaults must not undo what stood before.
    """
    absent: dict[str, Any] = {"default": argparse.SUPPRESS} if inner else {}
    add_store_option(parser, **absent)
    add_output_options(parser, quiet="say nothing on standard error", json="print one JSON document", **absent)


def _add_filters(parser: argparse.ArgumentParser, *, inner: bool) -> None:
    """Adds the options of `RunFilter`."""
    group = parser.add_argument_group("which runs")
    for name, described in FILTERS.items():
        group.add_argument(flag(name), default=argparse.SUPPRESS if inner else None, **described)


def refuse_filters(options: argparse.Namespace, *, besides: tuple[str, ...] = ()) -> None:
    """Ends with a usage error where a filter was given to a command that would not use it."""
    refuse_idle(options, [name for name in FILTERS if name not in besides], "here")
