"""The options of `classlab train`."""

from __future__ import annotations

from argparse import SUPPRESS
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.shared_options import add_machine_options, add_output_options, add_store_option
from classlab.cli.table_options import add_option, count
from classlab.options import OPTIONS, options_of
from classlab.options.table import DataOptions, NetworkOptions, OptimizerOptions, ScheduleOptions

if TYPE_CHECKING:
    import argparse

    from classlab.cli.parser import Subparsers

_WHAT = ("data", "size", "fit", "model", *options_of(NetworkOptions, DataOptions))
_RATE = tuple(options_of(OptimizerOptions, ScheduleOptions))
GROUPS: dict[str, tuple[str, ...]] = {
    "what is trained": _WHAT,
    "optimizer and learning rate": _RATE,
    "course of the training": tuple(name for name in OPTIONS if name not in (*_WHAT, *_RATE)),
}


def add_train(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "train",
        help="train a model and measure it",
        description="Train one model on one dataset, from one seed or several, and measure it on the test images.",
    )
    add_options(parser)
    parser.set_defaults(run="train", command_parser=parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds every option of a training to a parser."""
    changes: dict[str, dict[str, Any]] = {
        "data": {"required": True, "show_default": False},
        "model": {"default": "mlp"},
    }
    for title, names in GROUPS.items():
        group = parser.add_argument_group(title)
        for name in names:
            add_option(group, name, **changes.get(name, {}))
    add_option(group, "seed", bounds=True, default=0)
    group.add_argument("--seeds", type=count, default=1, metavar="N", help="train from N seeds in lock-step (1)")
    group.add_argument("--folds", help=SUPPRESS)  # of a study; whoever asks for it here is told where
    place = parser.add_argument_group("where and how")
    place.add_argument("-o", "--output", type=Path, metavar="DIR", help="run folder (runs/DATA-MODEL-IDENTITY)")
    add_store_option(place, what="store whose test-set ledger gains the entry")
    start = place.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="continue an interrupted training in the run folder")
    start.add_argument("--again", action="store_true", help="train anew what the run folder holds already")
    add_machine_options(place)
    add_output_options(place, quiet="no narration, only the figures", json="figures as one JSON document")
