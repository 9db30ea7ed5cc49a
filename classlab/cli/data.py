"""`classlab data`: what is in a dataset, and pictures of it."""

from __future__ import annotations

import io
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from classlab.cli.table_options import refuse_idle, with_flags
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json, printable
from classlab.datasets import inspect, load
from classlab.datasets.inspection_words import class_rows, repeated_words, split_rows, validation_words
from classlab.datasets.leave_out import read_leave_out
from classlab.datasets.pictures import label_of, picture, tile
from classlab.datasets.selection import path_of
from classlab.errors import DataError
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.files.default_output import PICTURE, refuse_foreign
from classlab.records import to_plain

if TYPE_CHECKING:
    import argparse

    from PIL.Image import Image

    from classlab.datasets.dataset import Dataset
    from classlab.datasets.inspection import Inspection
    from classlab.records.plain import JsonDocument


def run(options: argparse.Namespace) -> int:
    """Runs the command."""
    shows = [_show(options.command_parser, words) for words in options.show]
    if options.no_tile:
        refuse_idle(options, ("tile", "seed"), "with --no-tile")

    def say(sentence: str) -> None:
        narrate(sentence, quiet=options.quiet)

    dataset = load(options.name, size=options.size, fit=options.fit, say=say)
    inspection = _inspected(dataset, options)
    files = _draw(dataset, options, shows)
    if options.json:
        print_json({**to_plain(inspection), "files": files})
    else:
        print_report(inspection)
    for file in files:
        say(f"Drew {file['what']} in {file['file']}")
    return 0


def _inspected(dataset: Dataset, options: argparse.Namespace) -> Inspection:
    """Looks at a dataset; one too small for a usual training too, because what was left out of it may be the reason."""
    leave_out = () if options.leave_out is None else read_leave_out(Path(options.leave_out), dataset)
    try:
        return inspect(dataset, validation=options.validation, leave_out=leave_out)
    except DataError as problem:
        if options.validation is not None:
            raise
        found = inspect(dataset, validation="test")
        return replace(found, notes=(*found.notes, f"A training will refuse it: {with_flags(str(problem), options)}"))


def _draw(dataset: Dataset, options: argparse.Namespace, shows: list[_Show]) -> list[JsonDocument]:
    files: list[JsonDocument] = []
    stem = path_of(options.name).name or "dataset"
    for split, index, path in shows:
        target = path or _default(f"{stem}-{split}-{index}.png")
        _write(picture(dataset, split, index), target)
        label = label_of(dataset, split, index)
        what = f"{split} image {index} (label {label})"
        files.append({"what": what, "file": str(target), "split": split, "index": index, "label": label})
    if not options.no_tile:
        target = options.tile or _default(f"{stem}-tile.png")
        _write(tile(dataset, seed=options.seed), target)
        files.append({"what": "a tile of random training images", "file": str(target), "seed": options.seed})
    return files


def _default(name: str) -> Path:
    path = Path(name)
    refuse_foreign(path, PICTURE)
    return path


def _write(image: Image, path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    content, maker = io.BytesIO(), PngInfo()
    maker.add_text("Software", "classlab")
    image.save(content, format="PNG", pnginfo=maker)
    make_folder(path.parent)
    write_atomically(path, content.getvalue())


_Show = tuple[Literal["train", "test"], int, "Path | None"]


def _show(parser: argparse.ArgumentParser, words: list[str]) -> _Show:
    split, _, index = words[0].partition(":")
    if split not in ("train", "test") or not (index.isascii() and index.isdigit()) or len(words) > 2:
        parser.error(f"--show takes SPLIT:INDEX and perhaps a file, as in train:25 two.png, but got {' '.join(words)}")
    return ("train" if split == "train" else "test", int(index), Path(words[1]) if len(words) == 2 else None)


_WIDTH = 100  # characters
_INDENT = 14  # width of the column of headings


def print_report(inspection: Inspection) -> None:
    """Prints where the data come from, a table of splits, one of classes, and duplicates."""
    height, width, channels = inspection.image_shape
    kind = "grey" if channels == 1 else "color"
    official = ", ".join(f"{count:,} {name}" for name, count in inspection.official.items())
    facts = {
        "dataset": inspection.name,
        "source": inspection.source,
        "digest": f"SHA-256 {inspection.digest}",
        "images": f"{height} x {width} pixels, {kind} ({channels} channel{'s' * (channels > 1)})",
        "official": f"{official} images",
        "validation": validation_words(inspection),
    }
    for heading, text in facts.items():
        print(_entry(heading, text))
    for rows in (split_rows(inspection), class_rows(inspection)):
        print()
        print_table(rows)
    print("", *(_entry(heading, text) for heading, text in repeated_words(inspection)), sep="\n")
    if inspection.notes:
        print("", *(_entry("note", note) for note in inspection.notes), sep="\n")


def _entry(heading: str, text: str) -> str:
    return textwrap.fill(
        printable(text),
        _WIDTH,
        initial_indent=f"{heading:<{_INDENT}}",
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
