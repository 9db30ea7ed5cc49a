"""`classlab judge`: what results that were measured elsewhere show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.shared_options import add_output_options, add_pairs_option
from classlab.cli.table_options import add_option
from classlab.cli.text import narrate, print_json, printable

if TYPE_CHECKING:
    import argparse

    from classlab.cli.subparsers import Subparsers
    from classlab.judging.judgement import JudgedResults
    from classlab.judging.results import Results
    from classlab.judging.run_reading import ReadingOptions


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "judge",
        help="judge results that were trained elsewhere",
        description="Say what results show: which arm is better, by how much, whether seeds allow to say so, and what "
        "would tell. Reads CSV, TSV, JSON, JSON Lines, Parquet, exports of Weights & Biases, MLflow and TensorBoard, "
        "`classlab runs export`, arrays of right and wrong (.npz), predictions, and run folders.",
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="tables, arrays, predictions or run folders"
    )
    parser.add_argument("--arm", metavar="COLUMN,...", help="columns that name the arm (found by their usual names)")
    parser.add_argument("--seed", metavar="COLUMN,...", help="columns that name the run (found by their usual names)")
    parser.add_argument("--figure", metavar="COLUMN", help="column with the figures (found by its usual name)")
    parser.add_argument("--images", metavar="N|COLUMN", help="images behind each figure, or the column that says so")
    parser.add_argument(
        "--only", action="append", default=[], metavar="COLUMN=VALUE", help="rows that count; may be given again"
    )
    parser.add_argument("--wide", action="store_true", help="each column is an arm, each row a seed")
    parser.add_argument(
        "--per-cent", action="store_true", help="the figures are per cent although they look like shares"
    )
    parser.add_argument("--lower-is-better", action="store_true", help="for losses and errors (by the column's name)")
    margin = "differences of this size do not matter (0); 0.002 is 0.2 points, for a loss or score in its own unit"
    parser.add_argument("--margin", type=float, default=0.0, metavar="SHARE", help=margin)
    add_option(parser, "confidence", default=0.95, help="that all intervals hold at once")
    add_pairs_option(parser)
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write the verdict as a page, too")
    add_output_options(parser, quiet="no narration on how the source was read", json="the verdict as one JSON document")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Reads, judges, prints."""
    from classlab.judging.front import FAMILIES
    from classlab.judging.verdict import judge_results

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
        from classlab.records import to_plain

        answer = {"first": judged.first, "candidates": list(judged.candidates), "verdict": judged.verdict}
        print_json({**answer, **to_plain(judged)})
    else:
        _print(judged)
    return 0


def _reading_options(options: argparse.Namespace) -> ReadingOptions:
    from classlab.judging.run_reading import ReadingOptions

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
    from classlab.cli.run_source import is_training_folder
    from classlab.judging.sources import read_results

    if all(is_training_folder(file) for file in files):
        from classlab.cli.judged_runs import run_results

        return run_results(files, reading)
    return read_results(files, reading)


def _write(path: Path, judged: JudgedResults, files: list[Path]) -> None:
    from classlab.analysis.numbers import listed
    from classlab.files.atomic_file import make_folder, write_text
    from classlab.judging.document import judgement_document
    from classlab.reports.html import to_html

    source = listed([file.name for file in files[:3]]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    make_folder(path.parent)
    write_text(path, to_html(judgement_document(judged, source=source)))


def _print(judged: JudgedResults) -> None:
    from classlab.judging.table_lines import arm_rows, pair_rows
    from classlab.studies.runs.run_table import aligned

    for rows in (arm_rows(judged), pair_rows(judged)):
        print(aligned([tuple(printable(cell) for cell in row) for row in rows]))
        print()
    print(printable_lines(judged.sentences))


def printable_lines(sentences: tuple[str, ...]) -> str:
    """Sentences below each other, for a terminal."""
    return "\n".join(printable(sentence) for sentence in sentences)
