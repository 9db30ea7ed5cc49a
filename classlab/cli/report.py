"""`classlab report`: one HTML or Markdown file about a study, or about a single run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.report_source import folder_evidence, study_evidence
from classlab.cli.run_source import Folder, find_source
from classlab.cli.shared_options import add_output_options, add_pairs_option, add_store_option
from classlab.cli.table_options import add_option, refuse_idle
from classlab.cli.text import file_stem, narrate, print_json

if TYPE_CHECKING:
    import argparse

    from classlab.cli.subparsers import Subparsers
    from classlab.reports.document import Document
    from classlab.reports.evidence import Evidence


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "report",
        help="write a report of a study or a run",
        description="Write one file about a study, or about a single run: verdict, ranking, curves, mistakes, "
        "settings. The HTML file needs no network and no second file.",
    )
    parser.add_argument(
        "study",
        metavar="STUDY|RUN",
        help="run folder, name of a study in the store, or beginning of a run's identity there",
    )
    add_store_option(parser)
    add_option(parser, "data", help="images of a run folder (those that it names)", show_default=False)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write, .html or .md (NAME.html in this folder)"
    )
    parser.add_argument("--rows", type=int, default=3, help="rows of the grid of random test images (3)")
    parser.add_argument("--columns", type=int, default=5, help="columns of it (5)")
    add_option(parser, "seed", bounds=True, default=0, help="decides which images are shown")
    add_pairs_option(parser)
    add_output_options(parser, json="the numbers as one JSON document; a file only with -o")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Writes the file and says where, or prints the numbers."""
    output = options.output
    if output is not None and output.suffix.lower() not in (".html", ".htm", ".md"):
        options.command_parser.error(f"the file must end in .html or .md, but got {output}")
    if options.json and output is None:
        refuse_idle(options, ("rows", "columns", "seed"), "on numbers alone; give -o for a file as well")
    evidence = _evidence(options)
    if options.json:
        print_json(_numbers(evidence, options))
        if output is None:
            return 0
    path = output or Path(f"{file_stem(evidence.study.spec.name)}.html")
    _write(path, _document(evidence, options))
    narrate(f"The report is in {path}.", quiet=options.quiet)
    if not options.json:
        print(path)
    return 0


def _evidence(options: argparse.Namespace) -> Evidence:
    from classlab.studies.store import store_folder

    source = find_source(options.study, store=options.store)
    if isinstance(source, Folder):
        return folder_evidence(source.place, stored=source.stored, data=options.data)
    return study_evidence(source, store=store_folder(options.store))


def _document(evidence: Evidence, options: argparse.Namespace) -> Document:
    from classlab.reports.study_report import study_document

    return study_document(
        evidence, rows=options.rows, columns=options.columns, seed=options.seed, pairs=options.pairs == "all"
    )


def _numbers(evidence: Evidence, options: argparse.Namespace) -> dict[str, Any]:
    from classlab.analysis import numbers_of
    from classlab.analysis.pairs import all_pairs, plain_pairs

    pairs = {"pairs": plain_pairs(all_pairs(evidence.study))} if options.pairs == "all" else {}
    return {**numbers_of(evidence.analysis), **pairs, "command": evidence.study.command}


def _write(path: Path, document: Document) -> None:
    """Writes the file; beside a Markdown file a folder with its pictures."""
    from classlab.files.atomic_file import make_folder, write_atomically, write_text
    from classlab.reports.html import to_html
    from classlab.reports.markdown import figure_files, to_markdown

    make_folder(path.parent)
    if path.suffix.lower() != ".md":
        write_text(path, to_html(document))
        return
    pictures = path.with_name(f"{path.stem}-figures")
    make_folder(pictures)
    for name, image in figure_files(document).items():
        write_atomically(pictures / name, image)
    write_text(path, to_markdown(document, figures=pictures.name))
