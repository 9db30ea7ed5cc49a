"""`classlab compare`: two trained networks on the same images, and the images that only one gets right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.report import write_document
from classlab.cli.report_source import images_of
from classlab.cli.run_source import ChosenRun, choose_run
from classlab.cli.tables import print_table
from classlab.cli.text import narrate, print_json, printable
from classlab.errors import DataError, SpecError
from classlab.judging.pair import class_rows, compare_networks, count_rows, pair_sentences, same_labels
from classlab.judging.pair_document import pair_document
from classlab.judging.predictions import read_predictions
from classlab.judging.run_networks import SplitName, check_one_dataset, run_network
from classlab.records import to_plain
from classlab.studies.asked.assignment import load_data

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets import Dataset
    from classlab.judging.pair import NetworkPair
    from classlab.judging.predictions import NetworkPredictions
    from classlab.studies.runs.run import Run


_CLASSES = 5  # rows of the table by class on a terminal; the page has all


def run(options: argparse.Namespace) -> int:
    """Compares and prints."""
    if options.output is not None and options.output.suffix.lower() not in (".html", ".htm"):
        options.command_parser.error(f"the page must end in .html, but got {options.output}")
    found = compared_networks(
        (options.first, options.second),
        split=options.split,
        data=options.data,
        store=options.store,
        say=lambda sentence: narrate(sentence, quiet=options.quiet),
    )
    pair = compare_networks(
        found.first,
        found.second,
        class_names=found.class_names,
        confidence=options.confidence,
        margin=options.margin,
    )
    for note in found.notes:
        narrate(printable(note), quiet=options.quiet)
    if options.output is not None:
        _write(options.output, pair, found)
        narrate(f"The page is in {options.output}.", quiet=options.quiet)
    if options.json:
        print_json({**to_plain(pair), "sentences": list(pair_sentences(pair)), "notes": list(found.notes)})
    else:
        _print(pair)
    return 0


def _print(pair: NetworkPair) -> None:
    for rows in (count_rows(pair), class_rows(pair)[: _CLASSES + 1]):
        print_table(rows)
        print()
    for sentence in pair_sentences(pair):
        print(printable(sentence))


def _write(path: Path, pair: NetworkPair, found: ComparedNetworks) -> None:
    document = pair_document(
        pair, found.first, found.second, images=found.images, class_names=found.class_names, notes=found.notes
    )
    write_document(path, document)


_PREDICTIONS = (".npz", ".npy", ".csv", ".tsv")  # a name that ends so means a file


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparedNetworks:
    """Two networks' predictions and what belongs to them.

    Args:
        first: one network's predictions, with labels.
        second: the other's, on the same images.
        images: uint8, `(images, height, width, channels)`; None where they are not at hand.
        class_names: one per class.
        notes: sentences on what is known of the images.
    """

    first: NetworkPredictions
    second: NetworkPredictions
    images: NDArray[np.uint8] | None
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def compared_networks(
    paths: tuple[Path, Path],
    *,
    split: SplitName,
    data: str | None,
    say: Callable[[str], None],
    store: Path | None = None,
) -> ComparedNetworks:
    """Reads both, and finds their images.

    Args:
        paths: files with predictions, or what names a run: its folder, a study, the beginning of its identity.
        split: which images of run folders.
        data: name or path of a dataset whose test images were predicted; None for the runs' own.
        say: takes what loading the dataset has to tell, and which run of a study was taken.
        store: what the user gave as `--store`, or None.

    Raises:
        DataError: the two have not predicted the same images, or a file is no predictions.
        SpecError: `split` is chosen for files, or one network is named twice.
        StorageError: a file or folder cannot be read.
        RecordError: a run folder is damaged.
    """
    if paths[0].resolve() == paths[1].resolve():
        raise SpecError(f"two networks must be named to be compared, but got {paths[0]} twice. Name another one.")
    chosen_runs = [_run(path, store=store, say=say) for path in paths]
    runs = [None if each is None else each.run for each in chosen_runs]
    stored = all(each.stored for each in chosen_runs if each is not None)
    networks = [
        read_predictions(path) if run is None else run_network(run, split)
        for path, run in zip(paths, runs, strict=True)
    ]
    if networks[0].name == networks[1].name:
        networks = [replace(each, name=str(path)) for each, path in zip(networks, paths, strict=True)]
    known = [run for run in runs if run is not None]
    if split != "test" and len(known) < 2:
        raise SpecError(f"`--split {split}` must go with two run folders, but got a file. Leave it out.")
    check_one_dataset([run.record for run in known])
    dataset, notes = _dataset(known, data, stored=stored, say=say)
    images = None
    if dataset is not None:
        chosen = dataset.test
        if data is None and split == "validation":
            spec = known[0].record.spec.data
            chosen = dataset.divided_as(spec).validation
        images = chosen.images
        networks = [_labelled(each, chosen.labels, dataset.name) for each in networks]
    labels = same_labels(networks[0], networks[1])
    if len(known) < 2:
        notes = (*notes, "That both have predicted the same images is taken from their labels, which are equal.")
    names = next((each.class_names for each in networks if each.class_names), ())
    names = names or (dataset.class_names if dataset is not None else ())
    highest = max(int(labels.max()), *(int(each.predicted.max()) for each in networks))
    return ComparedNetworks(
        first=networks[0],
        second=networks[1],
        images=images,
        class_names=names or tuple(str(label) for label in range(highest + 1)),
        notes=notes,
    )


def _run(path: Path, *, store: Path | None, say: Callable[[str], None]) -> ChosenRun | None:
    """The run that a path or name stands for; None for a file with predictions, there or not."""
    if path.is_file() or path.suffix.lower() in _PREDICTIONS:
        return None
    chosen = choose_run(str(path), store=store)
    if chosen.winner is not None:
        say(f"Took {chosen.winner}.")
    return chosen


def _dataset(
    runs: list[Run], data: str | None, *, stored: bool, say: Callable[[str], None]
) -> tuple[Dataset | None, tuple[str, ...]]:
    if data is not None:
        record = runs[0].record if runs else None
        preparation, reading = (None, None) if record is None else (record.preparation, record.reading)
        return load_data(data, say=say, preparation=preparation, reading=reading), ()
    if not runs:
        return None, ("No images are shown: name those that were predicted with --data.",)
    return images_of(runs[0], stored=stored)


def _labelled(network: NetworkPredictions, labels: NDArray[np.int64], data: str) -> NetworkPredictions:
    """The predictions with the dataset's labels, which must be theirs."""
    own = labels if network.labels is None else network.labels
    if len(network.predicted) != len(labels) or (own != labels).any():
        raise DataError(
            f"{network.name!r} must have predicted the {len(labels):,} test images of {data}, but its labels are "
            "others. Name the right images with --data, or leave it out."
        )
    return replace(network, labels=labels.astype("int64"))
