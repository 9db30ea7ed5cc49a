"""`classlab judge`: what results that were measured elsewhere show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.cli.judged_runs import run_results
from classlab.cli.run_source import is_training_folder
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json, printable
from classlab.files.atomic_file import make_folder, write_text
from classlab.judging.document import arm_rows, judgement_document, pair_rows
from classlab.judging.front import FAMILIES
from classlab.judging.judgement import judge_results
from classlab.judging.results import ReadingOptions
from classlab.judging.sources import read_results
from classlab.records import to_plain
from classlab.reports.html import to_html

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from classlab.judging.judgement import JudgedResults
    from classlab.judging.results import Results


def run(options: argparse.Namespace) -> int:
    """Reads, judges, prints."""
    if options.report is not None and options.report.suffix.lower() not in (".html", ".htm"):
        options.command_parser.error(f"the report must end in .html, but got {options.report}")
    results = _results(options.files, _reading_options(options))
    judged = judge_results(
        results, confidence=options.confidence, margin=options.margin, family=FAMILIES[options.pairs]
    )
    for note in judged.notes:
        narrate(printable(note), quiet=options.quiet)
    if options.report is not None:
        _write(options.report, judged, options.files)
        narrate(f"The report is in {options.report}.", quiet=options.quiet)
    if options.json:
        answer = {"first": judged.first, "candidates": list(judged.candidates), "verdict": judged.verdict}
        print_json({**answer, **to_plain(judged)})
    else:
        _print(judged)
    return 0


def _reading_options(options: argparse.Namespace) -> ReadingOptions:
    only = []
    for condition in options.only:
        column, sign, value = condition.partition("=")
        if not sign or not column:
            options.command_parser.error(f"--only must be COLUMN=VALUE, but got {condition!r}")
        only.append((column, value))
    images = options.images
    if images is not None and images.lstrip("-").isdecimal():
        images = int(images)
        if images < 1:
            options.command_parser.error(f"--images must be 1 or more, or a column, but got {images}")
    return ReadingOptions(
        arm=_columns(options.arm),
        seed=_columns(options.seed),
        figure=options.figure,
        images=images,
        lower_is_better=True if options.lower_is_better else None,
        wide=options.wide,
        per_cent=options.per_cent,
        only=tuple(only),
    )


def _columns(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())


def _results(files: list[Path], reading: ReadingOptions) -> Results:
    if all(is_training_folder(file) for file in files):
        return run_results(files, reading)
    return read_results(files, reading)


def _write(path: Path, judged: JudgedResults, files: list[Path]) -> None:
    source = listed([file.name for file in files[:3]]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    make_folder(path.parent)
    write_text(path, to_html(judgement_document(judged, source=source)))


def _print(judged: JudgedResults) -> None:
    for rows in (arm_rows(judged), pair_rows(judged)):
        print_table(rows)
        print()
    for sentence in judged.sentences:
        print(printable(sentence))
