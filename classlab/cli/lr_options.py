"""The options of `classlab lr`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from classlab.cli.shared_options import add_machine_options, add_output_options
from classlab.cli.table_options import add_option, count
from classlab.options import options_of
from classlab.options.table import DataOptions, NetworkOptions
from classlab.options.words import OptimizerName

if TYPE_CHECKING:
    from classlab.cli.parser import Subparsers

# Those of a training that a search over learning rates takes as they are.
# Not `validation`: what chooses here are never the test images.
TAKEN = (*(name for name in options_of(DataOptions) if name != "validation"), "loss", "batch_size")
_DESCRIPTION = """\
Trains thirty learning rates of each optimizer at once, for a fraction of an epoch, and says which range is worth a
study. The test images are not opened and nothing is kept. Rates at which a run diverges are shown, not suggested.
"""


def add_lr(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "lr",
        help="find the learning rates that are worth trying",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_argument_group("what is trained")
    add_option(what, "data", required=True, show_default=False)
    add_option(what, "size")
    add_option(what, "model", default="mlp")
    for name in (*(name for name in options_of(NetworkOptions) if name != "start"), *TAKEN):
        add_option(what, name)
    what.add_argument(
        "--optimizer",
        type=_optimizers,
        default=("adam",),
        metavar="NAME,...",
        help="update rules, as in adam,sgd (adam)",
    )
    what.add_argument("--steps", type=count, default=100, metavar="N", help="steps of every run (100)")
    what.add_argument("--seeds", type=count, default=3, metavar="N", help="runs of every learning rate (3)")
    place = parser.add_argument_group("where and how")
    place.add_argument("-o", "--output", type=Path, metavar="FILE.svg", help="draw the losses over the rates")
    add_machine_options(place)
    add_output_options(place, quiet="no narration, only the suggestions", json="all losses as one JSON document")
    parser.set_defaults(run="lr", command_parser=parser)


def _optimizers(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    known = get_args(OptimizerName)
    if not all(name in known for name in names):
        raise argparse.ArgumentTypeError(f"must be names of {', '.join(known)}, as in adam,sgd, but got {text!r}")
    return names
