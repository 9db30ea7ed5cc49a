"""`classlab train`: one model, one dataset, one seed or several, into a run folder."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from classlab.analysis.numbers import duration
from classlab.cli.interruption import Interruption
from classlab.cli.progress import progress
from classlab.cli.shared_options import set_threads
from classlab.cli.table_options import values_given
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json
from classlab.datasets.selection import path_of
from classlab.options import checked, options_of
from classlab.options.table import FitOptions, NetworkOptions, TrainingOptions
from classlab.records import identity, to_plain
from classlab.studies.asked.arithmetic_word import arithmetic_word
from classlab.studies.asked.assignment import assign, load_data
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.runs.run_table import seed_rows, summary, table_rows
from classlab.studies.runs.training_folder import CHECKPOINT_FILE
from classlab.studies.work.train import train

if TYPE_CHECKING:
    import argparse

    from classlab.records.plain import JsonDocument
    from classlab.studies.asked.assignment import Assignment
    from classlab.studies.work.train import Trained


def run(options: argparse.Namespace) -> int:
    """Trains, or finds the runs trained before, and prints the figures; 7 where a run diverged or failed."""
    if options.folds is not None:
        options.command_parser.error(
            "one training has one division of its images, so `--folds` is an option of `classlab sweep`, which "
            "cross-validates one arm as well as many"
        )
    checked(values_given(options, options_of(FitOptions)))  # before any image is read
    assignment = _assignment(options)
    folder = assignment.folder
    set_threads(options)

    def announce() -> None:
        narrate(_announcement(assignment), quiet=options.quiet)
        if word := arithmetic_word(assignment.specs, options.device):
            narrate(word, quiet=options.quiet)

    try:
        with progress(quiet=options.quiet, specs=assignment.specs) as observer:
            trained = train(assignment, resume=options.resume, again=options.again, observer=observer, begins=announce)
    except Interruption as stop:
        stop.advice = _how_to_resume(folder, options)
        raise
    _print_figures(trained, folder, options)
    return 7 if any(each.record.state in ("diverged", "failed") for each in trained.runs) else 0


def _assignment(options: argparse.Namespace) -> Assignment:
    dataset = load_data(
        options.data,
        say=lambda sentence: narrate(sentence, quiet=options.quiet),
        size=options.size,
        fit=options.fit,
    )
    choice = choose_model(
        options.model,
        dataset,
        usual="given" if options.seeds == 1 else "fresh",
        **cast("NetworkOptions", values_given(options, options_of(NetworkOptions))),
    )
    assignment = assign(
        dataset,
        choice,
        seeds=range(options.seed, options.seed + options.seeds),
        options=cast("TrainingOptions", values_given(options, options_of(TrainingOptions))),
        device=options.device,
        command=_command(options),
    )
    return replace(assignment, folder=options.output or _default_folder(assignment), store=options.store)


def _default_folder(assignment: Assignment) -> Path:
    """A name that says what is inside, and that the same training finds again."""
    spec = assignment.specs[0]
    words = (path_of(spec.data.name).stem or "data", Path(spec.architecture.name).stem, identity(spec)[:8])
    seeds = f"-{len(assignment.specs)}seeds" if len(assignment.specs) > 1 else ""
    return Path("runs") / ("-".join(words) + seeds)


def _announcement(assignment: Assignment) -> str:
    spec, members = assignment.specs[0], len(assignment.specs)
    who = f"{members} members of {spec.architecture.name}" if members > 1 else spec.architecture.name
    epochs = "1 epoch" if spec.epochs == 1 else f"{spec.epochs} epochs"
    return f"Training {who} on {spec.data.name} for {epochs}; the run folder is {assignment.folder}."


def _how_to_resume(folder: Path | None, options: argparse.Namespace) -> str:
    if folder is None or not (folder / CHECKPOINT_FILE).is_file():
        return "No epoch was done yet, so nothing is kept."
    return f"The last finished epoch is kept in {folder}. Continue with: {_command(options)} --resume"


def _command(options: argparse.Namespace) -> str:
    """The command line that trains these runs from the start."""
    words = [word for word in options.command_line if word not in ("--resume", "--again")]
    return shlex.join(["classlab", *words])


def _print_figures(trained: Trained, folder: Path | None, options: argparse.Namespace) -> None:
    records = [each.record for each in trained.runs]
    if options.json:
        print_json(_document(trained, folder))
        return

    print_table(table_rows(records))
    if len(records) > 1:
        print(f"mean ± standard deviation over {len(records)} seeds\n")
        print_table(seed_rows(records))
    for record in records:
        if record.reason is not None:
            print(f"seed {record.spec.seed}: {record.reason}")
    for note in dict.fromkeys(note for record in records for note in record.notes):
        print(f"note: {note}")
    if trained.trained_before:
        when = f"on {records[0].created}"
        narrate(f"These runs were trained before ({when}); give --again to train them anew.", quiet=options.quiet)
    else:
        narrate(f"Trained in {duration(max(record.seconds for record in records))}.", quiet=options.quiet)
    narrate(f"Run folder: {folder}", quiet=options.quiet)


def _document(trained: Trained, folder: Path | None) -> JsonDocument:
    runs = []
    for each in trained.runs:
        plain = to_plain(each.record)
        kept = ("identity", "state", "reason", "epochs_done", "training", "validation", "test", "seconds", "notes")
        runs.append({"folder": str(each.folder), "seed": each.record.spec.seed, **{key: plain[key] for key in kept}})
    return {
        "folder": str(folder),
        "trained_before": trained.trained_before,
        "runs": runs,
        "summary": summary([each.record for each in trained.runs]),
    }
