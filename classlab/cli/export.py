"""`classlab export`: a trained model as a file for other programs, proven before it is reported."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.imported_modules import import_modules
from classlab.cli.run_source import choose_run
from classlab.cli.text import file_stem, narrate, print_json
from classlab.extras import command, installed

if TYPE_CHECKING:
    import argparse

    from classlab.cli.run_source import ChosenRun
    from classlab.models import Proof


def run(options: argparse.Namespace) -> int:
    """Writes the file, proves it, and prints its path."""
    if options.output is not None and options.output.suffix != ".keras":
        options.command_parser.error(f"the file must end in .keras, but got {options.output}")
    import_modules(options.imports)
    chosen = choose_run(options.subject, store=options.store)
    path = options.output or _default_place(chosen)
    opener = "it in Keras" if installed("keras") else "it with classlab's own reader, because Keras is not installed,"
    narrate(f"Writing {path} and opening {opener} to compare predictions.", quiet=options.quiet)
    proof = chosen.run.to_keras(path)
    if options.json:
        print_json({"file": str(path), **chosen.facts(), "proof": asdict(proof)})
        return 0
    print(path)
    narrate(_said(proof), quiet=options.quiet)
    chosen.tell("Exported", quiet=options.quiet)
    return 0


def _said(proof: Proof) -> str:
    """Who agrees with the run, and, where Keras has not been asked, how to ask it."""
    agreement = f"largest difference between two class scores {proof.max_difference:.1e}"
    if proof.by == "keras":
        return f"Keras agrees with the run on {proof.images} random images: {agreement}."
    return (
        f"classlab's own reader finds the run's layers and weights in it and agrees with the run on {proof.images} "
        f"random images: {agreement}. Keras itself has not opened the file. To have it proven, install Keras with "
        f"`{command('keras')}` and export again."
    )


def _default_place(chosen: ChosenRun) -> Path:
    """Beside the run where the folder is the user's; the store's own folders are no place for other files."""
    folder = chosen.run.folder
    if folder is not None and not chosen.stored:
        return folder / "model.keras"
    name = chosen.run.record.identity if chosen.winner is None else file_stem(chosen.winner.study)
    return Path(f"{name}.keras")
