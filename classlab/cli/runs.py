"""`classlab runs`: lists, shows, exports and removes stored runs; studies and the test-set ledger; repair."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from classlab.cli.runs_export import add_export
from classlab.cli.runs_options import add_filters, add_shared_options, refuse_filters, run_filter
from classlab.cli.text import narrate, print_json, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from classlab.cli.subparsers import Subparsers

_DESCRIPTION = "List the runs of a store, or do one of the commands below with them."


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command, its options and the words that may follow it."""
    parser = subparsers.add_parser("runs", help="list, show, export and remove stored runs", description=_DESCRIPTION)
    add_filters(parser, inner=False)
    parser.add_argument(
        "--rebuild", action="store_true", help="make a damaged database anew from the run folders beside it"
    )
    add_shared_options(parser, inner=False)
    parser.set_defaults(run=run, command_parser=parser)
    actions = parser.add_subparsers(title="commands", metavar="COMMAND")
    show = _add(actions, "show", "everything about one run", run_show)
    show.add_argument("identity", metavar="RUN", help="identity, or as much of its beginning as is unique")
    remove = _add(actions, "remove", "remove runs and their files", run_remove)
    remove.add_argument(
        "identities", nargs="+", metavar="RUN", help="identity, or as much of its beginning as is unique"
    )
    remove.add_argument("--yes", action="store_true", help="do not ask")
    add_export(actions)
    ledger = _add(actions, "ledger", "every time that test images were opened", run_ledger)
    ledger.add_argument("--data", default=None, metavar="NAME|DIGEST", help="of this dataset only")
    _add(actions, "studies", "list the studies", run_studies)


def run(options: argparse.Namespace) -> int:
    """Lists runs, or rebuilds the database."""
    if options.rebuild:
        refuse_filters(options)
        return _rebuild(options)
    from dataclasses import asdict

    from classlab.cli.runs_views import runs_table
    from classlab.cli.tables import print_table
    from classlab.studies.store import open_store, store_folder
    from classlab.studies.store.tables import to_document

    with open_store(store_folder(options.store), write=False) as store:
        records = store.runs(**asdict(run_filter(options)))
        memberships = store.memberships(records, study=options.study)
    if options.json:
        print_json(to_document(records, memberships))
        return 0
    if records:
        print_table(runs_table(records, memberships))
    narrate(_count(len(records), "run"), quiet=options.quiet)
    return 0


def run_show(options: argparse.Namespace) -> int:
    """Shows one run."""
    from classlab.cli.runs_views import run_facts
    from classlab.cli.tables import print_table
    from classlab.records import to_plain
    from classlab.studies.runs.run_table import table_rows
    from classlab.studies.store import open_store, store_folder

    refuse_filters(options)
    with open_store(store_folder(options.store), write=False) as store:
        identity = store.find(options.identity)
        folder = store.folder(identity)
        record = store.record(identity) or store.run(identity).record
        membership = store.memberships([record]).get(identity)
    if options.json:
        where = {"study": membership and membership.study, "arm": membership and membership.arm}
        print_json({"folder": str(folder), **where, "run": to_plain(record)})
    else:
        print(run_facts(record, folder, membership), end="\n\n")
        print_table(table_rows([record]))
        for note in record.notes:
            print(f"note: {printable(note)}")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Removes runs, after asking."""
    from classlab.studies.store import open_store, store_folder

    refuse_filters(options)
    folder = store_folder(options.store)
    with open_store(folder, write=False) as store:  # a store that is not there must not be made
        identities = list(dict.fromkeys(store.find(prefix) for prefix in options.identities))
    if not (options.yes or _agreed(options, len(identities))):
        narrate("Nothing was removed.", quiet=options.quiet)
        return 0
    with open_store(folder, write=True) as store:
        removed = store.remove(identities)
    if options.json:
        print_json({"removed": identities})
    else:
        print("\n".join(identities))
    narrate(f"Removed {_count(removed, 'run')} The test-set ledger keeps its entries.", quiet=options.quiet)
    return 0


def run_ledger(options: argparse.Namespace) -> int:
    """Prints the test-set ledger."""
    from classlab.cli.runs_views import ledger_table
    from classlab.cli.tables import print_table
    from classlab.records import to_plain
    from classlab.studies.store import read_ledger, store_folder

    refuse_filters(options, besides=("data",))
    openings = read_ledger(store_folder(options.store))
    if options.data:
        openings = tuple(
            each for each in openings if each.dataset == options.data or each.digest.startswith(options.data)
        )
    if options.json:
        print_json({"openings": [to_plain(opening) for opening in openings]})
        return 0
    if openings:
        print_table(ledger_table(openings))
    narrate(_count(len(openings), "opening"), quiet=options.quiet)
    return 0


def run_studies(options: argparse.Namespace) -> int:
    """Lists the studies."""
    from classlab.cli.runs_views import studies_table
    from classlab.cli.tables import print_table
    from classlab.records import to_plain
    from classlab.studies.store import open_store, store_folder

    refuse_filters(options)
    with open_store(store_folder(options.store), write=False) as store:
        entries = store.studies()
    if options.json:
        print_json({"studies": [to_plain(entry) for entry in entries]})
        return 0
    if entries:
        print_table(studies_table(entries))
    narrate(_count(len(entries), "study", "studies"), quiet=options.quiet)
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    from classlab.records import to_plain
    from classlab.studies.store import store_folder
    from classlab.studies.store.rebuild import rebuild

    done = rebuild(store_folder(options.store))
    if options.json:
        print_json(to_plain(done))
    else:
        counts = (
            _number(done.runs, "run"),
            _number(done.studies, "study", "studies"),
            _number(done.openings, "opening"),
        )
        print(f"{', '.join(counts)} of test images")
    for sentence in done.skipped:
        narrate(f"left out: {printable(sentence)}", quiet=options.quiet)
    if done.aside is not None:
        narrate(f"The former database is kept as {done.aside}.", quiet=options.quiet)
    return 0


def _add(
    actions: Any, word: str, help_text: str, action: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(word, help=help_text, description=f"{help_text.capitalize()}.")
    add_shared_options(parser, inner=True)
    parser.set_defaults(run=action, command_parser=parser)
    return parser


def _agreed(options: argparse.Namespace, count: int) -> bool:
    """Asks on a terminal; elsewhere nobody could answer."""
    if not sys.stdin.isatty():
        options.command_parser.error("removing cannot be undone and nobody is there to ask. Give --yes")
    what = "1 run and its files" if count == 1 else f"{count:,} runs and their files"
    print(f"Remove {what}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{_number(number, one, many)}."


def _number(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
