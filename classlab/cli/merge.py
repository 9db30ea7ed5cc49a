"""`classlab runs merge`: other stores taken into this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.cli.runs_options import refuse_filters
from classlab.cli.text import narrate, print_json, printable
from classlab.errors import RecordError
from classlab.records import to_plain
from classlab.studies.store import merge_stores, store_folder

if TYPE_CHECKING:
    import argparse

    from classlab.studies.store import Merged


def run(options: argparse.Namespace) -> int:
    """Merges, and says what was taken and what was there already."""
    refuse_filters(options)
    merged = merge_stores(store_folder(options.store), options.stores)
    if options.json:
        print_json({"merged": [to_plain(each) for each in merged]})
    for each in merged:
        if not options.json:
            print(_sentence(each))
        for sentence in each.conflicts:
            narrate(f"kept the first: {printable(sentence)}", quiet=options.quiet)
        for sentence in each.left_out:
            narrate(f"left out: {printable(sentence)}", quiet=options.quiet)
    return RecordError.exit_code if any(each.left_out for each in merged) else 0


def _sentence(merged: Merged) -> str:
    taken = _counts(merged.runs, merged.studies, merged.openings)
    there = _counts(merged.runs_there, merged.studies_there, merged.openings_there)
    return f"{printable(merged.store)}: took {taken}; there already: {there}."


def _counts(runs: int, studies: int, openings: int) -> str:
    return (
        f"{counted(runs, 'run')}, {counted(studies, 'study', 'studies')} and {counted(openings, 'opening')} of test "
        "images"
    )
