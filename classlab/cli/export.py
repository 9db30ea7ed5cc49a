"""`classlab export`: a trained model as a file for other programs, proven before it is reported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.text import narrate, print_json

if TYPE_CHECKING:
    import argparse

    from classlab.cli.subparsers import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "export",
        help="write a trained model as a .keras file",
        description="Write a trained model as a .keras file that takes raw uint8 pixels and opens in stock Keras.",
    )
    parser.add_argument("folder", type=Path, metavar="RUN", help="run folder")
    parser.add_argument("--to", choices=("keras",), default="keras", help="format (keras)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to (RUN/model.keras)")
    parser.add_argument("--quiet", action="store_true", help="no narration")
    parser.add_argument("--json", action="store_true", help="the proof as one JSON document")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Writes the file, proves it, and prints its path."""
    from dataclasses import asdict

    from classlab.studies.run import Run

    model = Run.load(options.folder)
    path = options.output or options.folder / "model.keras"
    narrate(f"Writing {path} and opening it in Keras to compare predictions.", quiet=options.quiet)
    proof = model.to_keras(path)
    if options.json:
        print_json({"file": str(path), "proof": asdict(proof)})
        return 0
    print(path)
    agreement = f"largest difference between two class scores {proof.max_difference:.1e}"
    narrate(f"Keras agrees with the run on {proof.images} random images: {agreement}.", quiet=options.quiet)
    return 0
