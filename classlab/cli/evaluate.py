"""`classlab evaluate`: the figures of a trained model on labelled images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.class_balance import are_uneven
from classlab.cli.imported_modules import import_modules
from classlab.cli.run_source import choose_run
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json
from classlab.datasets.class_matching import match_classes
from classlab.errors import DataError, shown
from classlab.records import to_plain
from classlab.studies.asked.assignment import load_data
from classlab.studies.runs.images_at_hand import names_its_data
from classlab.studies.runs.run_table import figures_rows

if TYPE_CHECKING:
    import argparse

    from numpy.typing import NDArray

    from classlab.datasets import Dataset, Split
    from classlab.records import RunRecord
    from classlab.studies.runs.run import Run


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
    dataset, places = _dataset(model, options)
    name, split = _split(dataset, record, options)
    split = replace(split, labels=places[split.labels])
    figures = model.evaluate(split, store=options.store, say=lambda remark: narrate(remark, quiet=options.quiet))
    if options.json:
        print_json({"data": dataset.name, "split": name, **chosen.facts(), **to_plain(figures)})
        return 0
    chosen.tell("Measured", quiet=options.quiet)
    counts = [int((split.labels == place).sum()) for place in range(len(record.class_names))]
    measured = {f"{dataset.name} {name}": figures}
    print_table(figures_rows(measured, top_k=record.spec.top_k, by_class=are_uneven(counts)))
    return 0


def _dataset(model: Run, options: argparse.Namespace) -> tuple[Dataset, NDArray[np.int64]]:
    """Loads the images, says where they differ from those of the training, and finds each class among the run's."""

    def say(sentence: str) -> None:
        narrate(sentence, quiet=options.quiet)

    data, classes = model.record.spec.data, model.record.class_names
    dataset = load_data(
        options.data or data.name, say=say, preparation=model.preparation, reading=model.record.reading, to_measure=True
    )
    _check_shape(dataset, model)
    match = match_classes(dataset.name, dataset.class_names, classes, by_place=options.classes_by == "order")
    for note in match.notes:
        say(note)
    if options.data is None and dataset.digest != data.digest:
        say(f"The images of {dataset.name} are not those of the training any more; the figures will differ.")
    return dataset, np.array(match.places, np.int64)


def _check_shape(dataset: Dataset, model: Run) -> None:
    found, known = dataset.image_shape, model.record.spec.image_shape
    if found != known:
        raise DataError(
            f"images must have the height, width and channels that the run was trained on, {known}, but those of "
            f"{dataset.name} have {found}. Save them as pictures in class folders: those are brought to size."
        )


def _split(dataset: Dataset, record: RunRecord, options: argparse.Namespace) -> tuple[str, Split]:
    """The images to measure, and what to call them."""
    data, name = record.spec.data, options.split
    if name is None and not dataset.own_test and dataset.digest != data.digest:
        return "all", dataset.everything
    if name in (None, "test"):
        return "test", dataset.test
    division = dataset.divided_as(data)
    return name, division.validation if name == "validation" else division.train
