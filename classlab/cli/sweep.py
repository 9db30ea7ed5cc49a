"""`classlab sweep`: a study from a file or from options, trained into the store, ranked."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

from classlab.analysis import analyse, numbers_of
from classlab.analysis.pairs import HEADER, all_pairs, check_arms, pair_rows, pairs_note, plain_pairs
from classlab.analysis.table import plain_rows, table_note, text_rows
from classlab.cli.interruption import Interruption
from classlab.cli.progress import sweep_progress
from classlab.cli.shared_options import set_threads
from classlab.cli.sweep_options import ARM_KEYS, arm_flags, document, settings
from classlab.cli.table_options import refuse_idle
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json
from classlab.options import STUDY_SETTINGS
from classlab.records import to_plain
from classlab.studies.asked.arithmetic_word import arithmetic_word
from classlab.studies.asked.assignment import load_data
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_file import checked, read_study, with_settings
from classlab.studies.asked.study_schema import json_schema
from classlab.studies.asked.study_text import study_text
from classlab.studies.shown.study_size import study_size
from classlab.studies.store import open_store, store_folder
from classlab.studies.transfer.features_word import features_word
from classlab.studies.work.earlier_study import replaced_notices
from classlab.studies.work.places import training_place
from classlab.studies.work.plan import plan_runs
from classlab.studies.work.sweep import missing, run_study

if TYPE_CHECKING:
    import argparse

    from classlab.analysis import Analysis
    from classlab.analysis.pairs import AllPairs
    from classlab.datasets.dataset import Dataset
    from classlab.records import StudyRecord
    from classlab.records.plain import JsonDocument
    from classlab.studies.asked.built_study import BuiltStudy
    from classlab.studies.asked.study_draft import StudyDraft
    from classlab.studies.store import Store


def run(options: argparse.Namespace) -> int:
    """Trains what the store lacks, and prints the ranking; 7 where a run diverged or failed."""
    if options.schema:
        refuse_idle(options, (*ARM_KEYS, *STUDY_SETTINGS, "confirm", "resume", "again"), "with --schema")
        if options.file is not None:
            options.command_parser.error(f"{options.file} has no effect with --schema")
        print_json(json_schema())
        return 0

    draft = _draft(options)
    set_threads(options)
    dataset = load_data(
        draft.data, say=lambda sentence: narrate(sentence, quiet=options.quiet), size=draft.size, fit=draft.fit
    )
    built = build_study(draft, dataset)
    if options.pairs == "all":
        check_arms(len(built.spec.arms))  # before anything is trained for a table that is not shown
    folder = store_folder(options.store)
    with open_store(folder, write=True) as store:
        _announce(built, store, options)
        try:
            record = _trained(built, dataset, store, options, text=study_text(draft))
        except Interruption as stop:
            stop.advice = f"What is finished is kept in {folder}. Continue with: {_command(options)} --resume"
            raise
    _print(record, options)
    place = [] if options.store is None else ["--store", str(options.store)]
    report = shlex.join(["classlab", "report", draft.name, *place])
    narrate(f"The runs are kept in {folder}. Go on with: {report}", quiet=options.quiet)
    return 7 if any(each.state in ("diverged", "failed") for each in (*record.runs, *record.confirmation)) else 0


def _draft(options: argparse.Namespace) -> StudyDraft:
    if options.file is not None:
        flags = arm_flags(options)
        if flags:
            options.command_parser.error(
                f"data and arms must come from FILE or from options, but got FILE and {', '.join(flags)}"
            )
        return with_settings(read_study(options.file), settings(options), place="the command line")
    if options.data is None:
        options.command_parser.error("a study must be given as FILE, or as options with at least --data")
    return checked(document(options), place="the command line")


def _announce(built: BuiltStudy, store: Store, options: argparse.Namespace) -> None:
    spec = built.spec
    plan = plan_runs(spec.arms, spec.seeds)
    wanted = plan if options.again else missing(plan, store)
    anew = "; give --again to train them anew"
    narrate(study_size(spec, plan, wanted, anew=anew), quiet=options.quiet)
    if not wanted:
        return  # the notices stand above the table, which comes at once
    specs = [each for population in wanted for each in population.specs]
    arithmetic = arithmetic_word(specs, options.device) if options.on == "local" else None  # of this processor
    for word in filter(None, (arithmetic, features_word(specs))):
        narrate(word, quiet=options.quiet)
    for notice in (*built.notices, *replaced_notices(spec, store.earlier_study(spec.name))):
        narrate(f"notice: {notice}", quiet=options.quiet)


def _trained(
    built: BuiltStudy, dataset: Dataset, store: Store, options: argparse.Namespace, *, text: str
) -> StudyRecord:
    say = partial(narrate, quiet=options.quiet)
    with (
        training_place(
            options.on,
            ray_address=options.ray_address,
            threads=options.threads,
            run_timeout=options.run_timeout,
            say=say,
        ) as place,
        sweep_progress(quiet=options.quiet) as observer,
    ):
        return run_study(
            built.spec,
            dataset,
            store=store,
            initial=built.initial,
            notes=built.notes,
            observer=observer,
            confirm=options.confirm,
            device=options.device,
            command=_command(options),
            again=options.again,
            place=place,
            text=text,
        )


def _print(record: StudyRecord, options: argparse.Namespace) -> None:
    analysis = analyse(record)
    pairs = all_pairs(record) if options.pairs == "all" else None
    if options.json:
        print_json(_document(record, analysis, pairs))
        return
    for notice in analysis.notices:
        print(f"notice: {notice}")
    print_table(text_rows(analysis))
    print(f"{table_note(analysis)}\n")
    for sentence in analysis.sentences:
        print(sentence)
    if pairs is not None:
        print()
        if pairs.pairs:
            print_table([HEADER, *pair_rows(pairs)])
        print(pairs_note(pairs))
    for reason in _reasons(record):
        print(reason)


def _reasons(record: StudyRecord) -> list[str]:
    """Why runs did not end well, each reason with one of the runs that had it."""
    found = []
    for position, arm in enumerate(record.spec.arms):
        found += [
            f"{arm.name}, {run.spec.draw_words}: {run.state}: {run.reason}"
            for run in record.runs_of(position)
            if run.state in ("diverged", "failed")
        ]
    return found


def _document(record: StudyRecord, analysis: Analysis, pairs: AllPairs | None) -> JsonDocument:
    kept = ("identity", "state", "reason", "epochs_done", "fitted", "training", "validation", "test")
    runs = []
    for arm, each in enumerate(record.spec.arms):
        for run in record.runs_of(arm):
            plain = to_plain(run)
            runs.append({"arm": each.name, **_draw(plain), **{key: plain[key] for key in kept}})
    confirmation = [to_plain(run) for run in record.confirmation]
    return {
        "study": record.spec.name,
        "question": record.spec.question,
        "select": record.spec.select,
        "verdict": " ".join(analysis.sentences),
        "notices": list(analysis.notices),
        "ranking": plain_rows(analysis),
        "analysis": numbers_of(analysis),
        **({} if pairs is None else {"pairs": plain_pairs(pairs)}),
        "runs": runs,
        "confirmation": [{**_draw(run), **{key: run[key] for key in kept}} for run in confirmation],
        "openings": len(record.openings),
        "seconds": record.seconds,
    }


def _draw(run: dict[str, Any]) -> JsonDocument:
    """The seed of a run, and its fold where it has one."""
    fold = run["spec"]["data"]["fold"]
    return {"seed": run["spec"]["seed"], **({} if fold is None else {"fold": fold})}


def _command(options: argparse.Namespace) -> str:
    """The command line that trains this study from the start."""
    words = [word for word in options.command_line if word not in ("--resume", "--again")]
    return shlex.join(["classlab", *words])
