"""`classlab compare`: two trained networks on the same images, and the images that only one gets right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.run_source import HELP
from classlab.cli.shared_options import add_output_options, add_store_option
from classlab.cli.table_options import add_option
from classlab.cli.text import narrate, print_json, printable

if TYPE_CHECKING:
    import argparse

    from classlab.cli.compared_networks import ComparedNetworks
    from classlab.cli.subparsers import Subparsers
    from classlab.judging.pair import NetworkPair

_CLASSES = 5  # rows of the table by class on a terminal; the page has all


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "compare",
        help="compare two trained networks image by image",
        description="Count where two trained networks differ on the same images: runs, or files with predictions "
        "(.npz, .npy, CSV).",
    )
    parser.add_argument("first", type=Path, metavar="A", help=f"file with predictions, {HELP}")
    parser.add_argument("second", type=Path, metavar="B", help="the other one")
    parser.add_argument(
        "--data", metavar="NAME|PATH", help="the images that were predicted, test images of a dataset (a run's own)"
    )
    parser.add_argument(
        "--split", choices=("test", "validation"), default="test", help="which images of two run folders (test)"
    )
    add_option(parser, "margin", default=0.0, help="differences of this size do not matter")
    add_option(parser, "confidence", default=0.95, help="of the interval")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.html", help="write a page with the images, too")
    add_store_option(parser)
    add_output_options(parser, json="the comparison as one JSON document")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Compares and prints."""
    from classlab.cli.compared_networks import compared_networks
    from classlab.judging.pair import compare_networks

    if options.output is not None and options.output.suffix.lower() not in (".html", ".htm"):
        options.command_parser.error(f"the page must end in .html, but got {options.output}")
    found = compared_networks(
        (options.first, options.second),
        split=options.split,
        data=options.data,
        store=options.store,
        say=lambda sentence: narrate(sentence, quiet=options.quiet),
    )
    pair = compare_networks(
        found.first,
        found.second,
        class_names=found.class_names,
        confidence=options.confidence,
        margin=options.margin,
    )
    for note in found.notes:
        narrate(printable(note), quiet=options.quiet)
    if options.output is not None:
        _write(options.output, pair, found)
        narrate(f"The page is in {options.output}.", quiet=options.quiet)
    if options.json:
        from classlab.judging.pair_words import pair_sentences
        from classlab.records import to_plain

        print_json({**to_plain(pair), "sentences": list(pair_sentences(pair)), "notes": list(found.notes)})
    else:
        _print(pair)
    return 0


def _print(pair: NetworkPair) -> None:
    from classlab.judging.pair_words import class_rows, count_rows, pair_sentences
    from classlab.studies.runs.run_table import aligned

    for rows in (count_rows(pair), class_rows(pair)[: _CLASSES + 1]):
        print(aligned([tuple(printable(cell) for cell in row) for row in rows]))
        print()
    for sentence in pair_sentences(pair):
        print(printable(sentence))


def _write(path: Path, pair: NetworkPair, found: ComparedNetworks) -> None:
    from classlab.files.atomic_file import make_folder, write_text
    from classlab.judging.pair_document import pair_document
    from classlab.reports.html import to_html

    document = pair_document(
        pair, found.first, found.second, images=found.images, class_names=found.class_names, notes=found.notes
    )
    make_folder(path.parent)
    write_text(path, to_html(document))
