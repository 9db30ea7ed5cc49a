"""`classlab export`: a trained model as a file for other programs, proven before it is reported."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.export_formats import FORMATS, format_of
from classlab.cli.imported_modules import import_modules
from classlab.cli.run_source import choose_run
from classlab.cli.text import file_stem, narrate, print_json
from classlab.files.default_output import refuse_foreign
from classlab.studies.shown.answers import calibrate_at_hand

if TYPE_CHECKING:
    import argparse

    from classlab.cli.run_source import ChosenRun
    from classlab.records.preparation import Preparation


def run(options: argparse.Namespace) -> int:
    """Writes the file, proves it, and prints its path."""
    try:
        form = FORMATS[format_of(options.to, options.output)]
    except ValueError as refusal:
        options.command_parser.error(str(refusal))
    form.check()
    import_modules(options.imports)
    chosen = choose_run(options.subject, store=options.store)
    path = options.output or _default_place(chosen, form.ending)
    if options.output is None:
        refuse_foreign(path, form.mark)
    untold = calibrate_at_hand(chosen.run, stored=chosen.stored) if form.tells_unlike else None
    narrate(f"Writing {path} and opening it {form.opener()} to compare predictions.", quiet=options.quiet)
    proof = form.write(chosen.run, path)
    if options.json:
        print_json({"file": str(path), **chosen.facts(), "proof": asdict(proof)})
        return 0
    print(path)
    narrate(form.said(proof), quiet=options.quiet)
    preparation = chosen.run.record.preparation
    if preparation is not None and not form.whole:
        narrate(_wanted(preparation), quiet=options.quiet)
    narrate(untold or "", quiet=options.quiet or untold is None)
    chosen.tell("Exported", quiet=options.quiet)
    return 0


def _wanted(preparation: Preparation) -> str:
    """What is left to do for whoever gives the file pictures of other sizes."""
    height, width = preparation.size
    return (
        f"The file takes images of {height}x{width} pixels (height x width): pictures are brought to that size by "
        f"{preparation.words} before, as `classlab predict` does."
    )


def _default_place(chosen: ChosenRun, ending: str) -> Path:
    """Beside the run where the folder is the user's; the store's own folders are no place for other files."""
    folder = chosen.run.folder
    if folder is not None and not chosen.stored:
        return folder / f"model{ending}"
    name = chosen.run.record.identity if chosen.winner is None else file_stem(chosen.winner.study)
    return Path(f"{name}{ending}")
