"""`classlab clean`: training images whose labels are probably wrong, as a list to edit and as pictures."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.shared_options import set_threads
from classlab.cli.table_options import flag, values_given
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json
from classlab.datasets.selection import path_of
from classlab.files.atomic_file import folder_for_work
from classlab.options import TABLE, checked, options_of
from classlab.options.table import FitOptions
from classlab.records import to_plain
from classlab.studies.asked.assignment import load_data
from classlab.studies.cleaning import clean

if TYPE_CHECKING:
    import argparse

    from classlab.records.plain import JsonDocument
    from classlab.studies.cleaning import Cleaning

_SHOWN = 20  # lines on a terminal; the list has all


def run(options: argparse.Namespace) -> int:
    """Judges every label, writes list and pictures, and prints the surest mistakes."""
    given = values_given(options, options_of(FitOptions))
    checked(given)  # before any image is read
    set_threads(options)
    place = options.output or Path(f"{path_of(options.data).name or 'data'}-suspects")
    with folder_for_work(place):  # one that cannot be written is refused before anything is trained
        return _clean(options, place, given)


def _clean(options: argparse.Namespace, place: Path, given: dict[str, Any]) -> int:
    def say(sentence: str) -> None:
        narrate(sentence, quiet=options.quiet)

    dataset = load_data(options.data, say=say, size=options.size, fit=options.fit)
    found = clean(
        dataset,
        options.model,
        folds=options.folds,
        seeds=options.seeds,
        seed=options.seed,
        device=options.device,
        say=say,
        **given,
    )
    files = found.save(place)
    if options.json:
        print_json(_document(found, files))
    else:
        _print(found)
    say(f"Wrote {', '.join(map(str, files))}.")
    if found.suspects:
        say(f"Write keep in the list where the given label is right. Go on with: {_training(options, files[0])}")
    return 0


def _training(options: argparse.Namespace, path: Path) -> str:
    """The command that trains on the same images without those of the list."""
    given = values_given(options, ("size", "fit", "model", *options_of(FitOptions)))
    given.pop("leave_out", None)  # one list is taken at a time
    words = ["classlab", "train", "--data", options.data]
    for name, value in given.items():
        words += [flag(name)] if TABLE[name].kind == "switch" else [flag(name), TABLE[name].written(value)]
    return shlex.join([*words, "--leave-out", str(path)])


def _print(found: Cleaning) -> None:
    for sentence in found.sentences:
        print(sentence)
    if not found.suspects:
        return
    rows: list[tuple[str, ...]] = [("image", "given", "suggested", "probability")]
    rows += [
        (each.file or str(each.index), each.given, each.suggested, f"{each.probability:.4f}")
        for each in found.suspects[:_SHOWN]
    ]
    print()
    print_table(rows)
    if len(found.suspects) > _SHOWN:
        print(f"The list has {len(found.suspects) - _SHOWN:,} more.")


def _document(found: Cleaning, files: list[Path]) -> JsonDocument:
    errors = {name: value for name, value in to_plain(found.errors).items() if name != "doubtful"}
    return {
        "data": found.dataset.name,
        "digest": found.dataset.digest,
        "model": found.model,
        "folds": found.folds,
        "seeds": found.seeds,
        **errors,
        "sentences": list(found.sentences),
        "suspects": [vars(each) for each in found.suspects],
        "files": [str(each) for each in files],
    }
