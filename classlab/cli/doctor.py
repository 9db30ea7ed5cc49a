"""`classlab doctor`: why a run failed, why a comparison is void, and what would mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.cli.doctor_proof import add_proof_options, refuse_idle_proof_options, run_proof, wants_proof
from classlab.cli.report_source import training_study
from classlab.cli.run_source import Folder, find_source
from classlab.cli.shared_options import add_fail_on_option, add_output_options, add_store_option, severity_code
from classlab.cli.text import print_json, printable

if TYPE_CHECKING:
    import argparse

    from classlab.cli.subparsers import Subparsers
    from classlab.records import RunRecord, StudyRecord


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "doctor",
        help="say what is wrong with a run or a study, and why",
        description="Look at a run or a study for what keeps a network from learning and what makes a comparison void. "
        "Exit code 0 for nothing above INFO, 8 for a WARN, 9 for a FAIL or INVALID.",
    )
    parser.add_argument(
        "subject",
        metavar="RUN|STUDY",
        help="run folder, name of a study in the store, or beginning of a run's identity there",
    )
    add_store_option(parser)
    parser.add_argument(
        "--without", action="append", default=[], metavar="ID", help="leave a check out, as in A1; may be repeated"
    )
    add_fail_on_option(parser)
    add_output_options(parser, json="findings as one JSON document")
    add_proof_options(parser)
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Prints the findings; the exit code is the gravest one's."""
    from classlab.doctor.callback_text import summary_lines
    from classlab.doctor.diagnose import diagnose_run, diagnose_study
    from classlab.records import RunRecord

    without = [rule.upper() for rule in options.without]
    _refuse_unknown(options, without)
    refuse_idle_proof_options(options)
    found = _found(options)
    single = found if isinstance(found, RunRecord) else None
    if wants_proof(options) and single is None:
        options.command_parser.error(
            "--prove and --apply take one run, not a study; give one of its runs, as in runs/x/seed-0 or an identity "
            "from `classlab runs`"
        )
    if isinstance(found, RunRecord):
        diagnosis = diagnose_run(found, without=without)
    else:
        diagnosis = diagnose_study(found, without=without)
    if not options.json:
        for line in summary_lines(diagnosis):
            print(printable(line))
    proof: dict[str, Any] = {}
    if wants_proof(options) and single is not None:
        proof = run_proof(options, single, diagnosis)
    if options.json:
        from classlab.records import to_plain

        print_json({**to_plain(diagnosis), **proof})
    return severity_code({finding.severity for finding in diagnosis.findings}, fail_on=options.fail_on)


def _found(options: argparse.Namespace) -> RunRecord | StudyRecord:
    """A run's record, or that of a study, which a folder with a run per seed is as well."""
    source = find_source(options.subject, store=options.store)
    if not isinstance(source, Folder):
        return source
    study = training_study(source.place)
    return study.runs[0] if len(study.runs) == 1 else study


def _refuse_unknown(options: argparse.Namespace, rules: list[str]) -> None:
    from classlab.doctor.comparisons import COMPARISONS
    from classlab.doctor.symptoms import SYMPTOMS

    known = [*(each.RULE for each in SYMPTOMS), *(each.RULE for each in COMPARISONS)]
    unknown = next((rule for rule in rules if rule not in known), None)
    if unknown is not None:
        options.command_parser.error(f"--without must name a check, as in A1, but got {unknown}")
