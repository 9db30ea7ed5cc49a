"""From specifications and a dataset to finished runs, in memory or in a folder that survives interruption."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classlab.errors import ClasslabError, SpecError
from classlab.files.atomic_file import remove_file
from classlab.files.folder_lock import locked_folder
from classlab.records.plain import time_stamp
from classlab.records.progress import Observer, Silent
from classlab.studies.asked.network_fit import check_fit
from classlab.studies.runs.run import Run
from classlab.studies.runs.run_folder import write_run
from classlab.studies.runs.run_record import stored_run
from classlab.studies.runs.training_folder import (
    CHECKPOINT_FILE,
    STARTED_FILE,
    FolderState,
    discard_checkpoint,
    folder_state,
    mark_finished,
    mark_started,
    run_folders,
)
from classlab.studies.runs.views import with_likeness
from classlab.studies.store.openings import enter_opening
from classlab.studies.transfer.entering import entering, scaled_images, takes_features
from classlab.studies.transfer.fine_tuning import fine_tuned
from classlab.studies.work.begun_training import as_begun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from classlab.datasets.dataset import Division
    from classlab.records import RunSpec
    from classlab.records.layers import Normalization, Rescaling
    from classlab.studies.asked.assignment import Assignment
    from classlab.studies.runs.run_folder import StoredRun


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What a training gave.

    Args:
        runs: one per specification, in order.
        trained_before: whether the runs were found finished and nothing was trained.
    """

    runs: list[Run]
    trained_before: bool = False


def train(
    assignment: Assignment,
    *,
    resume: bool = False,
    again: bool = False,
    observer: Observer | None = None,
    begins: Callable[[], None] | None = None,
    now: datetime | None = None,
) -> Trained:
    """Trains runs, or finds them trained already.

    Args:
        assignment: what to train, and where to keep it.
        resume: continue a training that was interrupted in this folder.
        again: train anew even where the folder holds these very runs.
        observer: told after every epoch.
        begins: called where something is to be trained, once what can be refused beforehand has passed.
        now: the time to put on record; the clock's where it is None.

    Raises:
        SpecError: model and images do not fit together, or the folder holds other or unfinished runs.
        MissingExtraError: what trains the runs is not installed.
        StorageError: the folder cannot be read or written.
        RecordError: a file in it is damaged.
        LockedError: another process is training into it.
    """
    if not again:
        assignment = as_begun(assignment)
    check_fit(assignment.specs[0], assignment.dataset)
    folder = assignment.folder
    if folder is not None and not again and folder_state(folder, assignment.specs) == "finished":
        return Trained(runs=_stored(assignment, folder), trained_before=True)
    material = _material(assignment)  # before the folder is made: what is refused here leaves nothing behind
    with locked_folder(folder) if folder is not None else nullcontext():
        if folder is not None:
            # Asked again under the lock: another process may have finished these runs a moment ago.
            state = folder_state(folder, assignment.specs, again=again)
            if state == "finished" and not again:
                return Trained(runs=_stored(assignment, folder), trained_before=True)
            _prepare(folder, assignment.specs, state, resume=resume, again=again, created=time_stamp(now))
        if begins is not None:
            begins()
        try:
            return Trained(runs=_train(assignment, material, observer or Silent(), now=now))
        except (ClasslabError, KeyboardInterrupt):
            if folder is not None and not (folder / CHECKPOINT_FILE).exists():
                remove_file(folder / STARTED_FILE)  # nothing was trained yet, so nothing is left to resume
            raise


def _prepare(
    folder: Path, specs: Sequence[RunSpec], state: FolderState, *, resume: bool, again: bool, created: str
) -> None:
    """Brings the folder from its state to one in which the engine may start, or refuses."""
    if state == "unfinished" and not (resume or again):
        raise SpecError(
            f"{folder} must be resumed or replaced on purpose, but it holds this training unfinished. "
            "Give resume=True to continue it, or again=True to start it anew."
        )
    if again:
        discard_checkpoint(folder)
    mark_started(folder, specs, created=created)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Material:
    """What the engine takes beside the specifications."""

    division: Division
    scaling: Rescaling | Normalization


def _material(assignment: Assignment) -> _Material:
    from classlab.training import environment_facts, need_for_training

    spec = assignment.specs[0]
    environment_facts(assignment.device, spec)  # refuses a device that is not there
    need_for_training(assignment.specs, assignment.device)
    division, scaling = scaled_images(assignment.dataset, spec.data)
    return _Material(division=division, scaling=scaling)


def _train(assignment: Assignment, material: _Material, observer: Observer, *, now: datetime | None) -> list[Run]:
    from classlab.training import train_population

    specs, folder, start = assignment.specs, assignment.folder, assignment.initial_weights
    images = (material.division, material.scaling)
    division, layer = entering(assignment.dataset, specs[0].data, images, device=assignment.device)
    outcomes = train_population(
        specs,
        division,
        input_layer=layer,
        initial_weights=None if start is None else [start] * len(specs),
        checkpoint=None if folder is None else folder / CHECKPOINT_FILE,
        resume=folder is not None,  # a checkpoint that must not be continued is gone by now
        observer=observer,
        device=assignment.device,
    )
    if any(outcome.state == "interrupted" for outcome in outcomes):
        raise KeyboardInterrupt
    outcomes = fine_tuned(specs, outcomes, *images, device=assignment.device)
    measured = [
        with_likeness(
            stored_run(
                spec,
                outcome,
                assignment.dataset,
                division if takes_features(spec) else material.division,
                input_layer=material.scaling,
                device=assignment.device,
                created=time_stamp(now),
                command=assignment.command,
                notes=assignment.notes,
            ),
            material.division,
        )
        for spec, outcome in zip(specs, outcomes, strict=True)
    ]
    places = [None] * len(specs) if folder is None else run_folders(folder, specs)
    runs = []
    for stored, place in zip(_entered(measured, assignment, now=now), places, strict=True):
        if place is not None:
            write_run(place, stored)
        runs.append(Run(stored, folder=place))
    if folder is not None:
        mark_finished(folder)
    return runs


def _entered(runs: list[StoredRun], assignment: Assignment, *, now: datetime | None) -> list[StoredRun]:
    """Enters the measured runs in the test-set ledger before they are on record; notes in them where that fails."""
    opened = sum(run.predictions is not None for run in runs)
    images = assignment.dataset.test.test_of
    if not opened or images is None:
        return runs
    remark = enter_opening(images, "training", runs=opened, store=assignment.store, folder=assignment.folder, now=now)
    if remark is None:
        return runs
    return [replace(run, record=replace(run.record, notes=(*run.record.notes, remark))) for run in runs]


def _stored(assignment: Assignment, folder: Path) -> list[Run]:
    return [Run.load(place) for place in run_folders(folder, assignment.specs)]
