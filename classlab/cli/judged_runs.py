"""Run folders as results to judge, and as networks to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from classlab.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.judging.predictions import NetworkPredictions
    from classlab.judging.results import Results
    from classlab.judging.run_reading import ReadingOptions
    from classlab.studies.run import Run

SplitName = Literal["test", "validation"]


def run_results(folders: Sequence[Path], options: ReadingOptions) -> Results:
    """Runs of folders as results, with what each predicted on its validation images.

    A folder with one run per seed is an arm of its own name; single runs are arms by their names, without the seed.

    Raises:
        DataError: the runs have seen different images, or there is one arm only.
        StorageError: a folder holds no finished run, or no predictions.
        RecordError: a file is damaged.
    """
    from classlab.judging.assembly import assemble
    from classlab.judging.run_names import split_seeds
    from classlab.judging.sources import labelled_reading

    found: list[tuple[str, str | None, NetworkPredictions]] = []
    where: list[str] = []
    runs = [runs_in(folder) for folder in folders]
    single = iter(split_seeds([run_name(each[0]) for each in runs if len(each) == 1]))
    for folder, each in zip(folders, runs, strict=True):
        arm = next(single)[0] if len(each) == 1 else folder.resolve().name
        for run in each:
            found.append((arm, str(run.record.spec.seed), run_network(run, "validation")))
            where.append(str(run.folder))
    _no_columns(options)
    return assemble([labelled_reading(found, where)], options)


def runs_in(folder: Path) -> list[Run]:
    """The run of a folder, or one run per seed."""
    from classlab.studies.run import Run

    seeds = [] if (folder / "run.json").is_file() else sorted(folder.glob("seed-*/run.json"))
    return [Run.load(place.parent) for place in seeds] if seeds else [Run.load(folder)]


def run_name(run: Run) -> str:
    """A run's name for people: that of its folder, unless it is `seed-N` in an arm's folder or a store's digest."""
    spec, folder = run.record.spec, run.folder
    if folder is None or folder.name.startswith(run.record.identity):
        return f"{spec.architecture.name}-{spec.optimizer.kind}-{spec.optimizer.learning_rate:g}-seed{spec.seed}"
    place = folder.resolve()
    return f"{place.parent.name}-{place.name}" if place.name.startswith("seed-") else place.name


def _no_columns(options: ReadingOptions) -> None:
    from classlab.judging.run_reading import refuse_columns

    refuse_columns(options, "run folders")


def run_network(run: Run, split: SplitName) -> NetworkPredictions:
    """What a run predicted, from its folder.

    Args:
        run: a finished run.
        split: `validation` is that of the test images where the run validated on those.

    Raises:
        StorageError: the run has no predictions.
    """
    from classlab.judging.predictions import network

    predictions, where = run.predictions, str(run.folder)
    if predictions is None:
        raise StorageError(
            f"{where} must hold predictions, but its training ended as {run.record.state!r} before the first epoch was "
            "done. Train it anew."
        )
    own = split == "validation" and predictions.validation_probabilities is not None
    answers = predictions.validation_probabilities if own else predictions.probabilities
    labels = predictions.validation_labels if own else predictions.labels
    assert answers is not None  # noqa: S101  (both are there or neither)
    return network(run_name(run), labels, answers, where=where, class_names=run.class_names)
