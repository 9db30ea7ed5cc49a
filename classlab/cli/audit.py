"""`classlab audit`: reads Keras scripts and notebooks without running them, and says what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.shared_options import severity_code
from classlab.cli.text import narrate, print_json, printable
from classlab.doctor.audit import audit_file, files_in
from classlab.doctor.audit.listing import lines_of, summary_of, unchecked_lines
from classlab.doctor.audit.sarif import sarif_of
from classlab.errors import ClasslabError
from classlab.files.atomic_file import make_folder, write_text
from classlab.records.codec import to_plain

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from classlab.doctor.audit import Audit
    from classlab.records.plain import JsonDocument


def run(options: argparse.Namespace) -> int:
    """Audits the files and prints what was found."""
    if options.json and options.sarif == Path("-"):
        options.command_parser.error("`--json` and `--sarif` both print on standard output: give `--sarif` a file")
    if options.sarif is not None and options.sarif.resolve().suffix.lower() in (".py", ".ipynb"):
        options.command_parser.error(f"`--sarif` must not replace a script or notebook, but got {options.sarif}")
    audits, problems, code = _audits(options.files)
    if options.sarif is not None:
        _write_sarif(audits, problems, options.sarif)
    if options.json:
        print_json(_document(audits, problems))
    elif options.sarif != Path("-"):
        _print(audits)
    _narrate(audits, problems, quiet=options.quiet)
    severities = {finding.severity for audit in audits for finding in audit.diagnosis.findings}
    return code or severity_code(severities, fail_on=options.fail_on)


def _audits(paths: Sequence[Path]) -> tuple[list[Audit], list[str], int]:
    """Audits every file; one that cannot be read is one sentence, and the others go on."""
    audits: list[Audit] = []
    problems: list[str] = []
    code = 0
    for path in files_in(paths):
        try:
            audit = audit_file(path)
        except ClasslabError as problem:
            problems.append(str(problem))
            code = code or problem.exit_code
            continue
        audits.append(audit)
        problems += audit.problems
        code = code or (3 if audit.problems else 0)
    return audits, problems, code


def _print(audits: Sequence[Audit]) -> None:
    for audit in audits:
        for line in lines_of(audit):
            print(printable(line))


def _narrate(audits: Sequence[Audit], problems: Sequence[str], *, quiet: bool) -> None:
    for problem in problems:
        narrate(f"classlab: {printable(problem)}", quiet=False)  # what went wrong is not narration
    for audit in audits:
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
