"""Where a report's evidence comes from: a study in a store, or the folder of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis.notices import notices
from classlab.cli.run_source import runs_in
from classlab.errors import StorageError, shown
from classlab.records import Arm, StudyRecord, StudySpec
from classlab.records.plain import time_stamp
from classlab.reports.evidence import gather
from classlab.studies.runs.images_at_hand import images_at_hand, names_its_data
from classlab.studies.store import open_store
from classlab.studies.store.openings import openings_at_hand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from classlab.datasets import Dataset
    from classlab.records import Opening, RunRecord
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
    return _gathered(_as_study(runs), by_identity.get, openings=openings, images=images)


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
    name = first.architecture.name
    spec = StudySpec(
        name=f"{name} on {first.data.name}",
        arms=(Arm(name=name, settings={}, spec=first),),
        seeds=tuple(record.spec.seed for record in records),
    )
    return StudyRecord(
        spec=spec,
        runs=records,
        created=max(record.created for record in records),
        command=records[0].command,
        seconds=max(record.seconds for record in records),
        notices=notices(spec),
    )


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
