"""`classlab runs`: lists, shows, exports and removes stored runs; studies and the test-set ledger; repair."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.analysis.numbers import counted
from classlab.cli.runs_options import FILTERS, FOLDER_FORMATS, TEXT_FORMATS, refuse_filters
from classlab.cli.table_options import values_given
from classlab.cli.tables import print_table
from classlab.cli.text import json_list_pieces, narrate, print_json, printable
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.files.half_written import half_written, half_written_sentence
from classlab.records import to_plain
from classlab.records.plain import state_words, to_minute
from classlab.studies.runs.run_table import table_rows
from classlab.studies.store import open_store, read_ledger, store_folder
from classlab.studies.store.place import STUDIES_FOLDER, WORK_FOLDER
from classlab.studies.store.rebuild import rebuild
from classlab.studies.store.tables import flat_row, to_csv, to_parquet
from classlab.studies.store.trackers import write_mlflow, write_tensorboard

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from classlab.cli.tables import Rows
    from classlab.records import Opening, RunRecord
    from classlab.studies.store import Store, StudyEntry
    from classlab.studies.store.run_lines import RunLine
    from classlab.studies.store.study_rows import Membership
    from classlab.studies.store.tables import Memberships


def run(options: argparse.Namespace) -> int:
    """Lists runs, or rebuilds the database."""
    if options.rebuild:
        refuse_filters(options)
        return _rebuild(options)

    chosen = values_given(options, FILTERS)
    with open_store(store_folder(options.store), write=False) as store:
        if options.json:
            lines = store.lines(**chosen)
            memberships = store.memberships(lines, study=options.study)
            sys.stdout.writelines(_json_pieces(store, chosen, memberships))
            return 0
        lines = store.lines(**{"limit": _SHOWN_RUNS, **chosen})
        memberships = store.memberships(lines, study=options.study)
        fitting = len(lines) if "limit" in chosen else store.count(**chosen)
    if lines:
        print_table(runs_rows(lines, memberships))
    narrate(_extent(len(lines), skipped=options.skip or 0, fitting=fitting), quiet=options.quiet)
    _tell_half_written(half_written(store.root, within=_FEW_FILES), options)
    return 0


# Of a hundred thousand runs the folders take seconds to look through, which is what --rebuild does anyway.
_FEW_FILES = (".", STUDIES_FOLDER, WORK_FOLDER)


def _tell_half_written(found: Sequence[Path], options: argparse.Namespace) -> None:
    sentence = half_written_sentence(found)
    if sentence is not None:
        narrate(sentence, quiet=options.quiet)


_SHOWN_RUNS = 100  # some screens; of a hundred thousand runs nobody reads the list


def _extent(shown: int, *, skipped: int, fitting: int) -> str:
    """How many runs a list shows, and the way to those that it leaves out."""
    if shown + skipped >= fitting:
        return f"{counted(shown, 'run')}."
    return f"{shown} of {fitting:,} runs. `--skip {skipped + shown}` shows the next ones, `--limit {fitting}` all."


def run_show(options: argparse.Namespace) -> int:
    """Shows one run."""
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
    narrate(f"Removed {counted(removed, 'run')}. The test-set ledger keeps its entries.", quiet=options.quiet)
    return 0


def run_ledger(options: argparse.Namespace) -> int:
    """Prints the test-set ledger."""
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
        print_table(ledger_rows(openings))
    narrate(f"{counted(len(openings), 'opening')}.", quiet=options.quiet)
    return 0


def run_studies(options: argparse.Namespace) -> int:
    """Lists the studies."""
    refuse_filters(options)
    with open_store(store_folder(options.store), write=False) as store:
        entries = store.studies()
    if options.json:
        print_json({"studies": [to_plain(entry) for entry in entries]})
        return 0
    if entries:
        print_table(studies_rows(entries))
    narrate(f"{counted(len(entries), 'study', 'studies')}.", quiet=options.quiet)
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    done = rebuild(store_folder(options.store))
    if options.json:
        print_json(to_plain(done))
    else:
        counts = (
            counted(done.runs, "run"),
            counted(done.studies, "study", "studies"),
            counted(done.openings, "opening"),
        )
        print(f"{', '.join(counts)} of test images")
    for sentence in done.skipped:
        narrate(f"left out: {printable(sentence)}", quiet=options.quiet)
    _tell_half_written([Path(each) for each in done.half_written], options)
    if done.aside is not None:
        narrate(f"The former database is kept as {done.aside}.", quiet=options.quiet)
    return 0


def _agreed(options: argparse.Namespace, count: int) -> bool:
    """Asks on a terminal; elsewhere nobody could answer."""
    if not sys.stdin.isatty():
        options.command_parser.error("removing cannot be undone and nobody is there to ask. Give --yes")
    what = "1 run and its files" if count == 1 else f"{count:,} runs and their files"
    print(f"Remove {what}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def run_export(options: argparse.Namespace) -> int:
    """Writes the runs."""
    if options.output is None and options.to not in TEXT_FORMATS:
        options.command_parser.error(f"{options.to} needs a place to be written to. Give -o PATH")
    if options.output is None and options.to == "csv" and options.json:
        options.command_parser.error("`--json` and CSV cannot both go to standard output. Give -o FILE")
    chosen = values_given(options, FILTERS)
    with open_store(store_folder(options.store), write=False) as store:
        lines = store.lines(**chosen)
        memberships = store.memberships(lines, study=options.study)
        records = store.each_run(**chosen)
        text = _json_pieces(store, chosen, memberships) if options.to == "json" else iter([])
        if options.to == "csv":
            text = iter([to_csv(records, memberships)])
        if options.output is None:
            sys.stdout.writelines(text)
            return 0
        added = _write(options.to, options.output, records, memberships, text)
    written = len(lines) if added is None else added
    if options.json:
        print_json({"to": options.to, "output": str(options.output), "runs": len(lines), "written": written})
    else:
        print(options.output)
    narrate(_sentence(options.to, options.output, written, len(lines)), quiet=options.quiet)
    return 0


def _json_pieces(store: Store, chosen: dict[str, Any], memberships: Memberships) -> Iterator[str]:
    """The whole records, curves included, and the rows of the CSV, each as it is read."""
    table = (flat_row(record, memberships.get(record.identity)) for record in store.each_run(**chosen))
    return json_list_pieces({"runs": map(to_plain, store.each_run(**chosen)), "table": table})


def _write(
    to: str, output: Path, records: Iterable[RunRecord], memberships: Memberships, text: Iterable[str]
) -> int | None:
    """Writes; says how many runs were not there before where others may have been, else None."""
    if to == "mlflow":
        return write_mlflow(output, records, memberships)
    if to == "tensorboard":
        return write_tensorboard(output, records, memberships)
    content = (
        [to_parquet(records, memberships)] if to == "parquet" else (each.encode("utf-8", "replace") for each in text)
    )
    make_folder(output.parent)
    write_atomically(output, content)
    return None


def _sentence(to: str, output: Path, written: int, asked: int) -> str:
    if to not in FOLDER_FORMATS:
        return f"Wrote {counted(asked, 'run')}."
    there = f"; {counted(asked - written, 'run')} lay there already" if written < asked else ""
    if to == "mlflow":
        show = f"mlflow ui --backend-store-uri sqlite:///{output / 'mlflow.db'}"
    else:
        show = f"tensorboard --logdir {output}"
    return f"Wrote {counted(written, 'run')}{there}. See them with: {show}"


_SHOWN_DIGITS = 8  # of an identity: 4 billion values, enough to name one of thousands


def runs_rows(lines: Sequence[RunLine], memberships: Memberships) -> Rows:
    """One line per run; with study and arm where any of the runs has one."""
    header = ("data", "model", "optimizer", "rate", "seed", "epochs", "state", "validation", "test")
    rows = [("run", "created", *(("study", "arm") if memberships else ()), *header)]
    for line in lines:
        home = memberships.get(line.identity)
        belongs = ("-", "-") if home is None else (home.study, home.arm)
        rows.append(
            (
                line.identity[:_SHOWN_DIGITS],
                to_minute(line.created),
                *(belongs if memberships else ()),
                line.data,
                line.model,
                line.optimizer,
                "nan" if line.learning_rate is None else f"{line.learning_rate:g}",
                str(line.seed),
                f"{line.epochs_done}/{line.epochs}",
                state_words(line.state),
                _accuracy(line.validation_accuracy),
                _accuracy(line.test_accuracy),
            )
        )
    return rows


def run_facts(record: RunRecord, folder: Path, membership: Membership | None) -> str:
    """One run's facts, one below the other."""
    spec, environment = record.spec, record.environment
    facts = {
        "run": record.identity,
        **({} if membership is None else {"study": f"{membership.study}, arm {membership.arm}"}),
        "folder": str(folder),
        "state": state_words(record.state) + (f": {record.reason}" if record.reason else ""),
        "data": f"{spec.data.name}, preprocessing {spec.data.preprocessing}, "
        + (f"validation {spec.data.validation}" if spec.data.folds is None else f"{spec.data.folds} folds"),
        "model": f"{spec.architecture.name}, {record.parameters:,} parameters",
        "optimizer": f"{spec.optimizer.kind}, learning rate {spec.optimizer.learning_rate:g}",
        "training": f"{record.epochs_done} of {spec.epochs} epochs, batch size {spec.batch_size}, {spec.draw_words}, "
        f"{record.seconds:.1f} s with its population",
        **({} if spec.augmentation is None else {"augmentation": spec.augmentation.words()}),
        "created": record.created,
        "where": f"{environment.device}, {environment.processor}, {environment.precision}, "
        f"classlab {environment.classlab}",
        "command": record.command or "-",
    }
    width = max(len(name) for name in facts) + 2
    return "\n".join(f"{name:<{width}}{printable(text)}" for name, text in facts.items())


def studies_rows(entries: Iterable[StudyEntry]) -> Rows:
    """One line per study."""
    rows: Rows = [("study", "created", "arms", "seeds", "runs", "state")]
    for entry in entries:
        state = "finished" if entry.finished else "unfinished"
        rows.append((entry.name, to_minute(entry.created), str(entry.arms), str(entry.seeds), str(entry.runs), state))
    return rows


def ledger_rows(openings: Iterable[Opening]) -> Rows:
    """One line per opening of test images, oldest first."""
    rows: Rows = [("dataset", "digest", "time", "study", "purpose", "runs")]
    rows += [
        (
            each.dataset,
            each.digest[:_SHOWN_DIGITS],
            to_minute(each.time),
            each.study or "-",
            each.purpose,
            str(each.runs),
        )
        for each in openings
    ]
    return rows


def _accuracy(share: float | None) -> str:
    return "-" if share is None else f"{share:.4f}"
