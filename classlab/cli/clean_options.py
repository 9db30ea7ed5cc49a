"""The options of `classlab clean`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.shared_options import add_machine_options, add_output_options
from classlab.cli.table_options import add_option, count, reader
from classlab.cli.train_options import GROUPS
from classlab.options import options_of
from classlab.options.table import FineTuningOptions

if TYPE_CHECKING:
    from classlab.cli.parser import Subparsers

# A validation figure decides nothing here: the images that are judged must have no say about the networks.
_WITHOUT = ("data", "validation", "early_stopping", "monitor", "top_k", *options_of(FineTuningOptions))

_DESCRIPTION = """\
Finds training images whose labels are probably wrong. The training images are divided into folds, and every image is
judged by networks that were not trained on it. Writes a list to edit, leave-out.csv, and pictures of the surest
mistakes. The next training takes the list with --leave-out. Test images are not looked at.
"""


def add_clean(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "clean", help="find training images whose labels are probably wrong", description=_DESCRIPTION
    )
    parser.add_argument("data", metavar="DATA", help="a dataset's name, or a path")
    folds = "divide the training images into N folds (5)"
    parser.add_argument("--folds", type=reader("folds", bounds=True), default=5, metavar="N", help=folds)
    parser.add_argument("--seeds", type=count, default=3, metavar="N", help="networks that judge every fold (3)")
    changes: dict[str, dict[str, Any]] = {"model": {"default": "mlp"}}
    for title, names in GROUPS.items():
        group = parser.add_argument_group(title)
        for name in names:
            if name not in _WITHOUT:
                add_option(group, name, **changes.get(name, {}))
    add_option(group, "seed", bounds=True, default=0)
    place = parser.add_argument_group("where and how")
    place.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder of list and pictures (DATA-suspects)")
    add_machine_options(place)
    add_output_options(place, quiet="no narration, only what was found", json="what was found as one JSON document")
    parser.set_defaults(run="clean", command_parser=parser)
