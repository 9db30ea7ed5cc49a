"""`classlab export`: a trained model as a file for other programs, proven before it is reported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.run_source import HELP, choose_run
from classlab.cli.shared_options import add_output_options, add_store_option
from classlab.cli.text import file_stem, narrate, print_json

if TYPE_CHECKING:
    import argparse

    from classlab.cli.run_source import ChosenRun
    from classlab.cli.subparsers import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "export",
        help="write a trained model as a .keras file",
        description="Write a trained model as a .keras file that takes raw uint8 pixels and opens in stock Keras.",
    )
    parser.add_argument("subject", metavar="RUN|STUDY", help=HELP)
    parser.add_argument("--to", choices=("keras",), default="keras", help="format (keras)")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where to (in the run folder; of the store into this folder)"
    )
    add_store_option(parser)
    add_output_options(parser, json="the proof as one JSON document")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Writes the file, proves it, and prints its path."""
    from dataclasses import asdict

    chosen = choose_run(options.subject, store=options.store)
    path = options.output or _default_place(chosen)
    narrate(f"Writing {path} and opening it in Keras to compare predictions.", quiet=options.quiet)
    proof = chosen.run.to_keras(path)
    if options.json:
        print_json({"file": str(path), **chosen.facts(), "proof": asdict(proof)})
        return 0
    print(path)
    agreement = f"largest difference between two class scores {proof.max_difference:.1e}"
    narrate(f"Keras agrees with the run on {proof.images} random images: {agreement}.", quiet=options.quiet)
    chosen.tell("Exported", quiet=options.quiet)
    return 0


def _default_place(chosen: ChosenRun) -> Path:
    """Beside the run where the folder is the user's; the store's own folders are no place for other files."""
    folder = chosen.run.folder
    if folder is not None and not chosen.stored:
        return folder / "model.keras"
    name = chosen.run.record.identity if chosen.winner is None else file_stem(chosen.winner.study)
    return Path(f"{name}.keras")
