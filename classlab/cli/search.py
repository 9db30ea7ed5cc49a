"""`classlab search`: a good network and good settings within a budget, judged by a study of the finalists."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from classlab.analysis import analyse
from classlab.analysis.numbers import counted, decimal, duration
from classlab.analysis.table import table_note, text_rows
from classlab.cli.interruption import Interruption
from classlab.cli.progress import search_progress, sweep_progress
from classlab.cli.search_options import SETTINGS, SPACE_KEYS, default_name, is_file, settings, space, space_flags
from classlab.cli.shared_options import set_threads
from classlab.cli.table_options import refuse_idle
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json
from classlab.records import to_plain
from classlab.search.estimate import estimate_words
from classlab.search.search import Search
from classlab.search.search_file import checked_search, read_search
from classlab.search.search_schema import json_schema
from classlab.search.usual_space import usual_space
from classlab.studies.asked.assignment import load_data
from classlab.studies.store import open_store, store_folder

if TYPE_CHECKING:
    import argparse

    from classlab.records import StudyRecord
    from classlab.records.search import Candidate, SearchRecord
    from classlab.search.search_file import SearchDraft

_SHOWN = 10  # candidates


def run(options: argparse.Namespace) -> int:
    """Searches, and prints the best candidates and the finalists' verdict; 7 where a finalist diverged or failed."""
    if options.schema:
        refuse_idle(options, (*SETTINGS, *SPACE_KEYS, "resume", "again"), "with --schema")
        if options.what is not None:
            options.command_parser.error(f"{options.what} has no effect with --schema")
        print_json(json_schema())
        return 0
    if options.what is None:
        options.command_parser.error("the following arguments are required: FILE.toml|DATA")
    draft = _draft(options)
    set_threads(options)
    study = draft.study
    dataset = load_data(
        study.data, say=lambda sentence: narrate(sentence, quiet=options.quiet), size=study.size, fit=study.fit
    )
    folder = store_folder(options.store)
    with open_store(folder, write=True) as store:
        search = Search(
            draft=draft,
            dataset=dataset,
            store=store,
            folder=folder,
            device=options.device,
            command=_command(options),
            again=options.again,
        )
        _announce(search, options)
        try:
            with search_progress(quiet=options.quiet) as observer:
                search.search(observer)
            with sweep_progress(quiet=options.quiet) as watcher:
                found = search.judge(watcher)
        except Interruption as stop:
            stop.advice = f"What is finished is kept in {folder}. Continue with: {_command(options)} --resume"
            raise
    _print(search.record, found, options)
    place = [] if options.store is None else ["--store", str(options.store)]
    report = shlex.join(["classlab", "report", search.spec.name, *place])
    kept = "The search is" if found is None else "The search and its finalists' runs are"
    narrate(f"{kept} kept in {folder}. Go on with: {report}", quiet=options.quiet)
    runs = () if found is None else found.runs
    return 7 if any(each.state in ("diverged", "failed") for each in runs) else 0


def _draft(options: argparse.Namespace) -> SearchDraft:
    from pathlib import Path

    if is_file(options):
        flags = space_flags(options)
        if flags:
            options.command_parser.error(
                f"the space must come from a search file or from options, but got a file and {', '.join(flags)}"
            )
        return read_search(Path(options.what), settings(options))
    document = {"name": default_name(options), **settings(options), **usual_space(space(options)), "data": options.what}
    return checked_search(document, place="the command line")


def _announce(search: Search, options: argparse.Namespace) -> None:
    if options.quiet:
        return
    spec, record = search.spec, search.record
    for notice in () if record.candidates else record.notices:  # later they stand above the table
        narrate(f"notice: {notice}", quiet=False)
    rungs = ", ".join(map(str, spec.rungs))
    begun = f"; {counted(len(record.candidates), 'candidate')} are on record already" if record.candidates else ""
    narrate(
        f"Search {spec.name!r} over {counted(len(spec.dimensions), 'setting')}, drawn by {spec.sampler}: one of "
        f"{spec.reduction} goes on from each rung ({rungs} epochs){begun}.",
        quiet=False,
    )
    if record.end == "running":
        narrate(estimate_words(spec, search.estimate()), quiet=False)


def _print(record: SearchRecord, study: StudyRecord | None, options: argparse.Namespace) -> None:
    if options.json:
        sentences = None if study is None else " ".join(analyse(study).sentences)
        print_json({"search": to_plain(record), "verdict": sentences})
        return
    _print_candidates(record)
    if study is None:
        return
    analysis = analyse(study)
    print(f"\nThe finalists, trained again from {counted(len(record.spec.seeds), 'fresh seed')}:")
    print_table(text_rows(analysis))
    print(f"{table_note(analysis)}\n")
    for sentence in analysis.sentences:
        print(sentence)


def _print_candidates(record: SearchRecord) -> None:
    spec = record.spec
    whole = sum(each.state in ("finished", "stopped_early") for each in record.candidates)
    for notice in record.notices:
        print(f"notice: {notice}")
    print(
        f"{counted(len(record.candidates), 'candidate')} in {counted(record.epochs, 'epoch')} and "
        f"{duration(record.seconds)}; {whole} of them trained whole."
    )
    shown = [each for each in record.ranking[:_SHOWN] if each.figure(spec.objective) is not None]
    rows = [("candidate", "epochs", spec.objective.replace("_", " "), "parameters")]
    rows += [
        (str(each.number), str(each.epochs), decimal(each.figure(spec.objective)), f"{each.parameters:,}")
        for each in shown
    ]
    if shown:
        print_table(rows)
    for each in (record.candidates[number] for number in record.finalists):
        print(f"Candidate {each.number}: {_words(each)}.")
    if record.importances:
        first = record.importances[0]
        told = ", ".join(
            f"{f'{each.arm}: ' if each.arm else ''}{each.name} {each.share:.2f} ({each.candidates})"
            for each in record.importances[:5]
        )
        print(
            f"What mattered after {counted(first.epochs, 'epoch')}, as shares of the differences among the candidates "
            f"that have the setting (how many): {told}."
        )
    if record.front:
        numbers = ", ".join(map(str, record.front))
        print(f"No candidate is both better and smaller than these, fewest parameters first: {numbers}.")


def _words(each: Candidate) -> str:
    values = each.settings.items()
    return ", ".join(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in values)


def _command(options: argparse.Namespace) -> str:
    """The command line of this search."""
    words = [word for word in options.command_line if word not in ("--resume", "--again")]
    return shlex.join(["classlab", *words])
