"""`classlab runs export`: runs as a table, or in the stores of MLflow and TensorBoard."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.runs_options import add_filters, add_shared_options, run_filter
from classlab.cli.text import narrate, print_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from classlab.cli.subparsers import Subparsers
    from classlab.records import RunRecord
    from classlab.studies.store.flat_table import Memberships

_TEXT_FORMATS = ("csv", "json")
_FOLDER_FORMATS = ("mlflow", "tensorboard")


def add_export(actions: Subparsers) -> None:
    """Adds the word `export` and its options."""
    parser = actions.add_parser(
        "export",
        help="write runs as CSV, JSON, Parquet, or for MLflow or TensorBoard",
        description="Write runs as a table (csv, json, parquet), or into a folder for MLflow or TensorBoard.",
    )
    parser.add_argument("--to", required=True, choices=(*_TEXT_FORMATS, "parquet", *_FOLDER_FORMATS), help="format")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="file or folder; csv and json go to standard output without it",
    )
    add_filters(parser, inner=True)
    add_shared_options(parser, inner=True)
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Writes the runs."""
    from dataclasses import asdict

    from classlab.studies.store import open_store, store_folder

    if options.output is None and options.to not in _TEXT_FORMATS:
        options.command_parser.error(f"{options.to} needs a place to be written to. Give -o PATH")
    if options.output is None and options.to == "csv" and options.json:
        options.command_parser.error("`--json` and CSV cannot both go to standard output. Give -o FILE")
    with open_store(store_folder(options.store), write=False) as store:
        records = store.runs(**asdict(run_filter(options)))
        memberships = store.memberships(records, study=options.study)
    if options.output is None:
        sys.stdout.write(_text(options.to, records, memberships))
        return 0
    written = _write(options.to, options.output, records, memberships)
    if options.json:
        print_json({"to": options.to, "output": str(options.output), "runs": len(records), "written": written})
    else:
        print(options.output)
    narrate(_sentence(options.to, options.output, written, len(records)), quiet=options.quiet)
    return 0


def _text(to: str, records: Sequence[RunRecord], memberships: Memberships) -> str:
    from classlab.studies.store.table_files import to_csv, to_json_text

    return to_csv(records, memberships) if to == "csv" else to_json_text(records, memberships)


def _write(to: str, output: Path, records: Sequence[RunRecord], memberships: Memberships) -> int:
    """Writes, and says how many runs that were not there before."""
    from classlab.files.atomic_file import make_folder, write_atomically

    if to == "mlflow":
        from classlab.studies.store.mlflow_export import write_mlflow

        return write_mlflow(output, records, memberships)
    if to == "tensorboard":
        from classlab.studies.store.tensorboard_export import write_tensorboard

        return write_tensorboard(output, records, memberships)
    if to == "parquet":
        from classlab.studies.store.table_files import to_parquet

        content = to_parquet(records, memberships)
    else:
        content = _text(to, records, memberships).encode("utf-8", "replace")
    make_folder(output.parent)
    write_atomically(output, content)
    return len(records)


def _sentence(to: str, output: Path, written: int, asked: int) -> str:
    if to not in _FOLDER_FORMATS:
        return f"Wrote {_runs(asked)}."
    there = f"; {_runs(asked - written)} lay there already" if written < asked else ""
    if to == "mlflow":
        show = f"mlflow ui --backend-store-uri sqlite:///{output / 'mlflow.db'}"
    else:
        show = f"tensorboard --logdir {output}"
    return f"Wrote {_runs(written)}{there}. See them with: {show}"


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number:,} runs"
