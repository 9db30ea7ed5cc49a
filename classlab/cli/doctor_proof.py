"""`classlab doctor RUN --prove` and `--apply`: tries a remedy side by side with the fault, and writes it down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.shared_options import add_device_option
from classlab.cli.table_options import count, refuse_idle
from classlab.cli.text import narrate

if TYPE_CHECKING:
    import argparse

    from classlab.datasets import Dataset
    from classlab.records import RunRecord
    from classlab.records.finding import Cause, Diagnosis, Finding
    from classlab.records.proof import Proof
    from classlab.studies.remedies.mended_study import MendedStudy

DEFAULT_FILE = Path("mended.toml")


def add_proof_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the proof to the doctor's parser."""
    group = parser.add_argument_group("proof of a remedy, for one run")
    group.add_argument(
        "--prove",
        action="store_true",
        help="train the faulty and the remedied version side by side for a short course, and say what came of it",
    )
    group.add_argument(
        "--apply",
        nargs="?",
        type=Path,
        const=DEFAULT_FILE,
        metavar="FILE",
        help="write the mended study file (mended.toml); with --prove only a remedy that was confirmed",
    )
    group.add_argument("--rule", metavar="ID", help="the finding to prove or mend, as in A1 (the gravest that can be)")
    group.add_argument("--seeds", type=count, default=3, metavar="N", help="runs of each version (3)")
    group.add_argument(
        "--steps", type=count, default=300, metavar="N", help="steps of each run, fewer of slow ones (300)"
    )
    add_device_option(group)
    group.add_argument("--again", action="store_true", help="overwrite the study file")


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


def run_proof(options: argparse.Namespace, record: RunRecord, diagnosis: Diagnosis) -> dict[str, Any]:
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
        from classlab.studies.remedies.mended_study import check_place

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
    from classlab.errors import SpecError
    from classlab.studies.remedies.proof import can_be_proven

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
    from classlab.errors import DataError, DatasetNotFoundError
    from classlab.studies.asked.assignment import load_data

    data = record.spec.data
    try:
        dataset = load_data(data.name)
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
    from classlab.studies.remedies.proof import prove

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
        runs = "all runs in one population" if proof.trials[-1].together else "each version in a population of its own"
        lines.append(
            f"Tried on {course.images:,} training and {course.validation_images:,} validation images, "
            f"{course.steps:,} steps of {course.batch_size} images, {runs}, in {proof.seconds:.0f} s. "
            "The test images stayed closed."
        )
    return lines or ["Nothing was tried: the finding names no cause."]


def _apply(options: argparse.Namespace, record: RunRecord, dataset: Dataset, cause: Cause) -> MendedStudy:
    from classlab.studies.remedies.mended_study import write_mended_study

    mended = write_mended_study(options.apply, record, cause.change, dataset, again=options.again)
    if not options.json:
        print(f"Wrote {options.apply}:")
        for change in mended.changes:
            print(f"  {change}")
        for clause in mended.left_out:
            print(f"  left out: {clause}")
    narrate(f"Go on with: classlab sweep {options.apply}", quiet=options.quiet)
    return mended


def _document(proof: Proof | None, mended: MendedStudy | None, path: Path | None) -> dict[str, Any]:
    from classlab.records import to_plain

    applied = (
        None
        if mended is None
        else {"file": str(path), "changes": list(mended.changes), "left_out": list(mended.left_out)}
    )
    return {"proof": None if proof is None else to_plain(proof), "applied": applied}
