"""`classlab doctor`: why a run failed, why a comparison is void, what would mend it and whether it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.cli.report_source import training_study
from classlab.cli.run_source import Folder, find_source
from classlab.cli.shared_options import (
    severity_code,
)
from classlab.cli.table_options import refuse_idle
from classlab.cli.text import narrate, print_json, printable
from classlab.doctor.callback_text import summary_lines
from classlab.doctor.comparisons import COMPARISONS
from classlab.doctor.diagnose import diagnose_run, diagnose_study
from classlab.doctor.symptoms import SYMPTOMS
from classlab.errors import DataError, DatasetNotFoundError, SpecError
from classlab.records import RunRecord, to_plain
from classlab.studies.asked.assignment import load_data
from classlab.studies.remedies.mended_study import check_place, write_mended_study
from classlab.studies.remedies.proof import can_be_proven, prove

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from classlab.datasets import Dataset
    from classlab.records import StudyRecord
    from classlab.records.finding import Cause, Diagnosis, Finding
    from classlab.records.plain import JsonDocument
    from classlab.records.proof import Proof
    from classlab.studies.remedies.mended_study import MendedStudy


def run(options: argparse.Namespace) -> int:
    """Prints the findings; the exit code is the gravest one's."""
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
    proof: JsonDocument = {}
    if wants_proof(options) and single is not None:
        proof = run_proof(options, single, diagnosis)
    if options.json:
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
    known = [*(each.RULE for each in SYMPTOMS), *(each.RULE for each in COMPARISONS)]
    unknown = next((rule for rule in rules if rule not in known), None)
    if unknown is not None:
        options.command_parser.error(f"--without must name a check, as in A1, but got {unknown}")


def refuse_idle_proof_options(options: argparse.Namespace) -> None:
    """Ends with a usage error where an option of a proof was given and no proof was asked for."""
    if not options.prove:
        refuse_idle(options, ("seeds", "steps", "device"), "without --prove")
    if options.apply is None:
        refuse_idle(options, ("again",), "without --apply")
    if not wants_proof(options):
        refuse_idle(options, ("rule",), "without --prove or --apply")


def wants_proof(options: argparse.Namespace) -> bool:
    """Whether a remedy is to be proven or written down."""
    return bool(options.prove or options.apply is not None)


def run_proof(options: argparse.Namespace, record: RunRecord, diagnosis: Diagnosis) -> JsonDocument:
    """Proves, applies, or both; prints what came of it unless one JSON document is wanted.

    Args:
        options: the parsed command line.
        record: the run.
        diagnosis: what was found in it.

    Returns:
        The same for a JSON document: `proof`, None where none was asked for or there was nothing to prove, and
        `applied`, None where no file was written.

    Raises:
        SpecError: the rule was not found in this run, or the remedy cannot be written down.
        DataError: the images are not to be had, or are others by now.
        StorageError: the study file cannot be written.
    """
    finding = chosen_finding(diagnosis, options.rule)
    if finding is None:
        narrate("There is no finding with a remedy that could be tried or written by machine.", quiet=options.quiet)
        return {"proof": None, "applied": None}
    if options.apply is not None:
        check_place(options.apply, again=options.again)  # before minutes are spent on a proof
    dataset = _images(record)
    proof = _prove(options, record, dataset, finding) if options.prove else None
    cause = proof.confirmed if proof is not None else next((each for each in finding.causes if each.change), None)
    mended = None
    if options.apply is not None and cause is not None:
        mended = _apply(options, record, dataset, cause)
    elif options.apply is not None:
        narrate(
            f"No remedy was confirmed, so {options.apply} was not written. "
            "Give --apply without --prove to write it all the same.",
            quiet=options.quiet,
        )
    return _document(proof, mended, options.apply)


def chosen_finding(diagnosis: Diagnosis, rule: str | None) -> Finding | None:
    """The finding to prove: the one that was asked for, else the gravest above INFO that can be tried.

    Args:
        diagnosis: what was found.
        rule: the finding's rule, or None.

    Raises:
        SpecError: there is no finding of that rule.
    """
    if rule is None:
        grave = [finding for finding in diagnosis.findings if finding.severity != "INFO"]
        possible = [finding for finding in grave if can_be_proven(finding)]
        with_change = [finding for finding in grave if any(cause.change for cause in finding.causes)]
        return next(iter((*possible, *with_change)), None)
    found = next((finding for finding in diagnosis.findings if finding.rule == rule.upper()), None)
    if found is None:
        names = ", ".join(dict.fromkeys(finding.rule for finding in diagnosis.findings)) or "none"
        raise SpecError(f"`--rule` must name a finding of {diagnosis.subject}, but got {rule}. Found were: {names}.")
    return found


def _images(record: RunRecord) -> Dataset:
    data = record.spec.data
    try:
        dataset = load_data(data.name, preparation=record.preparation, reading=record.reading)
    except DatasetNotFoundError:
        raise DatasetNotFoundError(
            f"the images of the run {record.identity} must be at hand to try or write a remedy, but {data.name!r} is "
            "not there. Bring it back, or give the command in the folder in which the run was trained."
        ) from None
    if dataset.digest != data.digest:
        raise DataError(
            f"the images of {data.name} must be those that the run {record.identity} was trained on, but they have "
            "changed since. Bring the earlier ones back."
        )
    return dataset


def _prove(options: argparse.Namespace, record: RunRecord, dataset: Dataset, finding: Finding) -> Proof:
    narrate(f"Proving {finding.rule} {finding.name}: {options.seeds} seeds of each version.", quiet=options.quiet)
    proof = prove(record, dataset, finding, seeds=options.seeds, steps=options.steps, device=options.device)
    if not options.json:
        for line in proof_lines(proof):
            print(line)
    return proof


def proof_lines(proof: Proof) -> list[str]:
    """What came of a proof, for a terminal: one line per cause, and one on how it was tried."""
    lines = [f"{trial.cause.rule or proof.finding.rule}: {trial.sentence}" for trial in proof.trials]
    course = next((trial.course for trial in reversed(proof.trials) if trial.course is not None), None)
    if course is not None:
        tried = [trial.together for trial in proof.trials if trial.course is not None]
        runs = (
            "all runs in one population" if all(tried) else "versions with another network in a population of their own"
        )
        lines.append(
            f"Tried on {course.images:,} training and {course.validation_images:,} validation images, "
            f"{course.steps:,} steps of {course.batch_size} images, {runs}, in {proof.seconds:.0f} s. "
            "The test images stayed closed."
        )
    return lines or ["Nothing was tried: the finding names no cause."]


def _apply(options: argparse.Namespace, record: RunRecord, dataset: Dataset, cause: Cause) -> MendedStudy:
    mended = write_mended_study(options.apply, record, cause.change, dataset, again=options.again)
    if not options.json:
        print(f"Wrote {options.apply}:")
        for change in mended.changes:
            print(f"  {change}")
        for clause in mended.left_out:
            print(f"  left out: {clause}")
    narrate(f"Go on with: classlab sweep {options.apply}", quiet=options.quiet)
    return mended


def _document(proof: Proof | None, mended: MendedStudy | None, path: Path | None) -> JsonDocument:
    applied = (
        None
        if mended is None
        else {"file": str(path), "changes": list(mended.changes), "left_out": list(mended.left_out)}
    )
    return {"proof": None if proof is None else to_plain(proof), "applied": applied}
