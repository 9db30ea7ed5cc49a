"""`classlab evaluate`: the figures of a trained model on labelled images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.cli.imported_modules import import_modules
from classlab.cli.run_source import choose_run, names_its_data
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json
from classlab.errors import DataError, shown
from classlab.records import to_plain
from classlab.studies.asked.assignment import is_picture_folder, load_data
from classlab.studies.runs.run_table import figures_rows

if TYPE_CHECKING:
    import argparse

    from classlab.datasets import Dataset, Split
    from classlab.records import RunRecord


def run(options: argparse.Namespace) -> int:
    """Measures and prints one line, or one document."""
    import_modules(options.imports)
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
    print_table(figures_rows({f"{dataset.name} {options.split}": figures}, top_k=record.spec.top_k))
    return 0


def _dataset(record: RunRecord, options: argparse.Namespace) -> Dataset:
    """Loads the images, and says where they differ from those of the training."""

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
    division = dataset.divided_as(data)
    return division.validation if name == "validation" else division.train
