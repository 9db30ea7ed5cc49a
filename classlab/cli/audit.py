"""`classlab audit`: reads Keras scripts and notebooks without running them, and says what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.shared_options import severity_code
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json, printable
from classlab.doctor.audit import RULES
from classlab.doctor.audit.hand_ins import LEGEND, csv_text, finding_lines, hand_ins_in, table_rows
from classlab.doctor.audit.listing import lines_of, summary_of, unchecked_lines
from classlab.doctor.audit.sarif import sarif_of
from classlab.files.atomic_file import make_folder, write_text
from classlab.records.codec import to_plain

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from classlab.doctor.audit import Audit
    from classlab.doctor.audit.hand_ins import HandIn
    from classlab.records.plain import JsonDocument


def run(options: argparse.Namespace) -> int:
    """Audits the files and prints what was found."""
    if options.json and options.sarif == Path("-"):
        options.command_parser.error("`--json` and `--sarif` both print on standard output: give `--sarif` a file")
    for name in ("sarif", "csv", "html"):
        path = getattr(options, name)
        if path is not None and path.resolve().suffix.lower() in (".py", ".ipynb"):
            options.command_parser.error(f"`--{name}` must not replace a script or notebook, but got {path}")
    outputs = [path.resolve() for path in (options.sarif, options.csv, options.html) if path not in (None, Path("-"))]
    if len(set(outputs)) < len(outputs):
        options.command_parser.error("`--sarif`, `--csv` and `--html` must name different files, but two are the same")
    hand_ins = list(hand_ins_in(options.files))
    audits = [audit for each in hand_ins for audit in each.audits]
    problems = [problem for each in hand_ins for problem in each.problems]
    as_class = any(path.is_dir() for path in options.files)
    _write_class(hand_ins, options)
    if options.sarif is not None:
        _write_sarif(audits, problems, options.sarif)
    if options.json:
        more: JsonDocument = {"hand_ins": [_row(each) for each in hand_ins]} if as_class else {}
        print_json({**_document(audits, problems), **more})
    elif options.sarif != Path("-"):
        _print(audits) if not as_class else _print_class(hand_ins)
    _narrate(audits, problems, quiet=options.quiet, reasons=not as_class)
    severities = {finding.severity for audit in audits for finding in audit.diagnosis.findings}
    return _exit_code(
        next((each.exit_code for each in hand_ins if each.exit_code), 0),
        severity_code(severities, fail_on=options.fail_on),
    )


def _exit_code(unread: int, gravity: int) -> int:
    """One code for both: 10 and 11 say that something was found in what could be read, and not all could be."""
    return gravity + 2 if unread and gravity else unread or gravity


def _print(audits: Sequence[Audit]) -> None:
    for audit in audits:
        for line in lines_of(audit):
            print(printable(line))


def _print_class(hand_ins: Sequence[HandIn]) -> None:
    print_table(table_rows(hand_ins))
    print(LEGEND)
    for line in finding_lines(hand_ins):
        print(printable(line))


def _write_class(hand_ins: Sequence[HandIn], options: argparse.Namespace) -> None:
    from classlab.reports.class_report import class_document
    from classlab.reports.html import to_html

    title = f"Audit of {', '.join(path.resolve().name for path in options.files[:3])}"
    if options.csv is not None:
        make_folder(options.csv.parent)
        write_text(options.csv, csv_text(hand_ins))
    if options.html is not None:
        make_folder(options.html.parent)
        write_text(options.html, to_html(class_document(hand_ins, title=title)))


def _row(hand_in: HandIn) -> JsonDocument:
    return {
        "name": hand_in.name,
        "files": [audit.diagnosis.subject for audit in hand_in.audits],
        "rules": {rule: hand_in.said(rule) for rule in (*RULES, "S1")},
        "problems": list(hand_in.problems),
    }


def _narrate(audits: Sequence[Audit], problems: Sequence[str], *, quiet: bool, reasons: bool) -> None:
    for problem in problems:
        narrate(f"classlab: {printable(problem)}", quiet=False)  # what went wrong is not narration
    for audit in audits if reasons else ():  # a class has a table for them
        for line in unchecked_lines(audit):
            narrate(printable(line), quiet=quiet)
    inside = sum(len(audit.problems) for audit in audits)  # cells of notebooks whose other cells were audited
    narrate(summary_of(audits, failed=len(problems) - inside), quiet=quiet)


def _document(audits: Sequence[Audit], problems: Sequence[str]) -> JsonDocument:
    return {
        "files": [
            {
                **to_plain(audit.diagnosis),
                "silenced": [{"finding": to_plain(each.finding), "reason": each.reason} for each in audit.silenced],
            }
            for audit in audits
        ],
        "problems": list(problems),
    }


def _write_sarif(audits: Sequence[Audit], problems: Sequence[str], path: Path) -> None:
    log = sarif_of(audits, problems=problems)
    if path == Path("-"):
        print_json(log)
        return
    make_folder(path.parent)
    write_text(path, json.dumps(log, indent=1, ensure_ascii=False) + "\n")
