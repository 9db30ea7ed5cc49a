"""`classlab evaluate`: the figures of a trained model on labelled images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.cli.run_source import HELP, choose_run, names_its_data
from classlab.cli.shared_options import add_output_options, add_store_option
from classlab.cli.table_options import add_option
from classlab.cli.text import narrate, print_json
from classlab.errors import DataError, shown

if TYPE_CHECKING:
    import argparse

    from classlab.cli.subparsers import Subparsers
    from classlab.datasets import Dataset, Split
    from classlab.records import RunRecord


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a trained model",
        description="Measure a trained model on the data it was trained with, or on other data of the same classes.",
    )
    parser.add_argument("subject", metavar="RUN|STUDY", help=HELP)
    add_option(parser, "data", help="dataset name, folder, .npz or IDX files (the run's own)", show_default=False)
    parser.add_argument(
        "--split", choices=("test", "validation", "training"), default="test", help="which images of it (test)"
    )
    add_store_option(parser, what="folder of the store, and of the test-set ledger that gains the entry")
    add_output_options(parser, quiet="no narration, only the figures", json="figures as one JSON document")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Measures and prints one line, or one document."""
    from classlab.records import to_plain
    from classlab.studies.runs.run_table import aligned, figures_rows

    chosen = choose_run(options.subject, store=options.store)
    model = chosen.run
    record = model.record
    if options.data is None and not names_its_data(model, stored=chosen.stored):
        raise DataError(
            f"the images must be named, because this run's folder names them by a path, "
            f"{shown(record.spec.data.name)}, and only those of a store's runs are followed. Give them with --data."
        )
    dataset = _dataset(record, options)
    split = _split(dataset, record, options.split)
    figures = model.evaluate(split, store=options.store, say=lambda remark: narrate(remark, quiet=options.quiet))
    if options.json:
        print_json({"data": dataset.name, "split": options.split, **chosen.facts(), **to_plain(figures)})
        return 0
    chosen.tell("Measured", quiet=options.quiet)
    print(aligned(figures_rows({f"{dataset.name} {options.split}": figures}, top_k=record.spec.top_k)))
    return 0


def _dataset(record: RunRecord, options: argparse.Namespace) -> Dataset:
    """Loads the images, and says where they differ from those of the training."""
    from classlab.studies.asked.assignment import is_picture_folder, load_data

    def say(sentence: str) -> None:
        narrate(sentence, quiet=options.quiet)

    spec = record.spec
    name = options.data or spec.data.name
    # Only pictures in folders may come in any size; they are brought to the network's.
    size = spec.architecture.input_shape[:2] if is_picture_folder(name) else None
    dataset = load_data(name, say=say, size=size)
    if len(dataset.class_names) != len(record.class_names):
        raise DataError(
            f"the data must have the {len(record.class_names)} classes that the run was trained on, but "
            f"{dataset.name} has {len(dataset.class_names)}. Choose data of the same classes."
        )
    if dataset.class_names != record.class_names:
        say(f"The classes of {dataset.name} have other names than those of the training; they are matched by position.")
    if options.data is None and dataset.digest != spec.data.digest:
        say(f"The images of {dataset.name} are not those of the training any more; the figures will differ.")
    return dataset


def _split(dataset: Dataset, record: RunRecord, name: str) -> Split:
    data = record.spec.data
    if name == "test":
        return dataset.test
    division = dataset.divide(validation=data.validation, limit=data.limit)
    return division.validation if name == "validation" else division.train
