"""`classlab report`: one HTML or Markdown file about a study, a search, or a single run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from classlab.analysis import numbers_of
from classlab.analysis.pairs import all_pairs, plain_pairs
from classlab.cli.report_source import folder_evidence, study_evidence
from classlab.cli.run_source import Folder, find_source
from classlab.cli.search_report import StoredSearch, find_search
from classlab.cli.table_options import refuse_idle
from classlab.cli.text import file_stem, narrate, print_json
from classlab.files.atomic_file import make_folder, write_atomically, write_text
from classlab.files.default_output import MARKDOWN, PAGE, refuse_foreign
from classlab.reports.html import to_html
from classlab.reports.markdown import figure_files, to_markdown
from classlab.reports.study_report import study_document
from classlab.studies.store import store_folder

if TYPE_CHECKING:
    import argparse

    from classlab.records.plain import JsonDocument
    from classlab.reports.document import Document
    from classlab.reports.evidence import Evidence


def run(options: argparse.Namespace) -> int:
    """Writes the file and says where, or prints the numbers."""
    output = options.output
    if output is not None and output.suffix.lower() not in (".html", ".htm", ".md"):
        options.command_parser.error(f"the file must end in .html or .md, but got {output}")
    if options.json and output is None:
        refuse_idle(options, ("rows", "columns", "seed"), "on numbers alone; give -o for a file as well")
    found = find_search(options.study, store=store_folder(options.store))
    if found is not None:
        refuse_idle(options, ("data", "rows", "columns", "seed", "pairs"), "on the report of a search")
    evidence = found or _evidence(options)
    if options.json:
        print_json(evidence.numbers() if isinstance(evidence, StoredSearch) else _numbers(evidence, options))
        if output is None:
            return 0
    document = evidence.document() if isinstance(evidence, StoredSearch) else _document(evidence, options)
    path = output or Path(f"{file_stem(document.title)}.html")
    if output is None:
        refuse_foreign(path, PAGE)
    write_document(path, document)
    narrate(f"The report is in {path}.", quiet=options.quiet)
    if not options.json:
        print(path)
    return 0


def _evidence(options: argparse.Namespace) -> Evidence:
    source = find_source(options.study, store=options.store)
    if isinstance(source, Folder):
        return folder_evidence(source.place, stored=source.stored, data=options.data)
    return study_evidence(source, store=store_folder(options.store))


def _document(evidence: Evidence, options: argparse.Namespace) -> Document:
    return study_document(
        evidence, rows=options.rows, columns=options.columns, seed=options.seed, pairs=options.pairs == "all"
    )


def _numbers(evidence: Evidence, options: argparse.Namespace) -> JsonDocument:
    pairs = {"pairs": plain_pairs(all_pairs(evidence.study))} if options.pairs == "all" else {}
    return {**numbers_of(evidence.analysis), **pairs, "command": evidence.study.command}


def write_document(path: Path, document: Document) -> None:
    """Writes a page, or by a name that ends in .md Markdown with a folder of its pictures beside it."""
    make_folder(path.parent)
    if path.suffix.lower() != ".md":
        write_text(path, to_html(document))
        return
    pictures = path.with_name(f"{path.stem}-figures")
    make_folder(pictures)
    for name, image in figure_files(document).items():
        write_atomically(pictures / name, image)
    write_text(path, f"{to_markdown(document, figures=pictures.name)}\n{MARKDOWN.decode()}\n")
