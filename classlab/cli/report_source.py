"""Where a report's evidence comes from: a study in a store, or the folder of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis.single_training import as_study
from classlab.cli.run_source import runs_in
from classlab.errors import MissingExtraError, SpecError, StorageError, shown
from classlab.records import Architecture
from classlab.records.plain import time_stamp
from classlab.reports.evidence import NetworkLook, gather
from classlab.studies.runs.images_at_hand import images_at_hand, names_its_data
from classlab.studies.store import open_store
from classlab.studies.store.openings import openings_at_hand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from classlab.datasets import Dataset
    from classlab.records import Opening, RunRecord, StudyRecord
    from classlab.reports.evidence import Evidence
    from classlab.studies.runs.run import Run
    from classlab.studies.runs.run_folder import Predictions

_SAMPLE = 1000  # training images of which a report shows twenty-five


def study_evidence(study: StudyRecord, *, store: Path) -> Evidence:
    """Reads what the runs of a study predicted, and the openings of their test images so far, from a store.

    Args:
        study: the study.
        store: the store's folder.

    Raises:
        StorageError: there is no such store.
        RecordError: a record is damaged.
        SpecError: the study is not finished.
    """
    with open_store(store, write=False) as opened:

        def predictions(identity: str) -> Predictions | None:
            # A run may have been removed since; its figures are in the study's own record.
            return opened.run(identity).predictions if opened.record(identity) is not None else None

        openings = opened.openings(study.spec.arms[0].spec.data.digest)
        return _gathered(study, predictions, openings=openings, images=_images_or_sentence(study.runs[0]))


def folder_evidence(folder: Path, *, stored: bool = False, data: str | None = None) -> Evidence:
    """Reads the run of a folder, or one run per seed, as a study of one arm.

    Args:
        folder: what `classlab train` wrote.
        stored: whether it is the store's own.
        data: the images, as the user names them; those that the runs name where it is None.

    Raises:
        StorageError: there is no finished run in it.
        RecordError: a file is damaged.
    """
    runs = _runs(folder)
    by_identity = {run.record.identity: run.predictions for run in runs}
    openings = openings_at_hand(runs[0].record.spec.data.digest, folder=runs[0].folder)
    images = images_of(runs[0], stored=stored, data=data)
    gathered = _gathered(_as_study(runs), by_identity.get, openings=openings, images=images)
    return replace(gathered, look=None if images[0] is None else _look(runs[0], images[0]))


def _look(run: Run, dataset: Dataset) -> NetworkLook | None:
    """Looks inside a network, with the first training image; None where that would take long or cannot be.

    Networks of Keras's layers and backbones are left out: loading Keras takes seconds, and so do the predictions.
    """
    spec = run.record.spec
    if not run.weights or not isinstance(spec.architecture, Architecture) or spec.data.backbone is not None:
        return None
    inside, image = run.inside, dataset.train.images[0]
    try:
        first_layer = inside.first_layer()
    except SpecError:
        first_layer = None
    try:
        activations, occlusion = inside.activations(image), inside.occlusion(image)
    except MissingExtraError:
        return None
    label = dataset.class_names[int(dataset.train.labels[0])]
    return NetworkLook(
        label=f"{spec.architecture.name}, {spec.draw_words}",
        image=f"training image 0, of class {label}",
        first_layer=first_layer,
        activations=activations,
        occlusion=occlusion,
    )


def training_study(folder: Path) -> StudyRecord:
    """The run of a folder, or one run per seed, as a study of one arm; see `folder_evidence`."""
    return _as_study(_runs(folder))


def _runs(folder: Path) -> list[Run]:
    return sorted(runs_in(folder), key=lambda run: run.record.spec.seed)


def _as_study(runs: Sequence[Run]) -> StudyRecord:
    records = tuple(run.record for run in runs)
    first = records[0].spec
    same = {replace(record.spec, seed=first.seed) for record in records[1:]} <= {first} if len(records) > 1 else True
    if not same:
        raise StorageError(
            f"{runs[0].folder} must hold runs that differ in their seed alone, but it holds several configurations. "
            "Give one run's folder."
        )
    return as_study(records)


def _gathered(
    study: StudyRecord,
    predictions: Callable[[str], Predictions | None],
    *,
    openings: tuple[Opening, ...],
    images: tuple[Dataset | None, tuple[str, ...]],
) -> Evidence:
    """The evidence, with the openings of now: those in the record are of the time at which the study ended."""
    study, counted = replace(study, openings=openings), time_stamp()
    dataset, missing = images
    if dataset is None:
        return gather(study, predictions=predictions, missing=missing, counted=counted)
    sample = dataset.train.spread(_SAMPLE)
    return gather(
        study,
        predictions=predictions,
        test_images=dataset.test.images,
        training_images=sample.images,
        training_labels=sample.labels,
        counted=counted,
    )


def images_of(run: Run, *, stored: bool, data: str | None = None) -> tuple[Dataset | None, tuple[str, ...]]:
    """The images of a run, or why there are none.

    Args:
        run: the run.
        stored: whether it lies in a store.
        data: what the user names; what the run names where it is None.
    """
    if data is None and not names_its_data(run, stored=stored):
        name = shown(run.record.spec.data.name)
        return None, (f"No images are shown, because the run's folder names them by a path, {name}: give --data.",)
    return _images_or_sentence(run.record, name=data)


def _images_or_sentence(record: RunRecord, *, name: str | None = None) -> tuple[Dataset | None, tuple[str, ...]]:
    found = images_at_hand(record, name=name)
    return (None, (f"No images are shown, because {found}.",)) if isinstance(found, str) else (found, ())
