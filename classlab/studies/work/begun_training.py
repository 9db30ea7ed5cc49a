"""A training that lies in a folder since the engine knew fewer layers: its network stays on the way it was begun on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.errors import ClasslabError
from classlab.records import KerasArchitecture
from classlab.studies.runs.run_folder import RECORD_FILE, read_record
from classlab.studies.runs.training_folder import STARTED_FILE, read_started

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.records import Architecture
    from classlab.studies.asked.assignment import Assignment


def as_begun(assignment: Assignment) -> Assignment:
    """The training itself, or through Keras where its folder holds this very model as it trained there.

    What a folder holds is gone on with, and is not trained twice, by a version whose engine has learned the model's
    layers since.

    Args:
        assignment: what is asked for.
    """
    if assignment.folder is None or assignment.through_keras is None:
        return assignment
    begun = _network_in(assignment.folder)
    if not isinstance(begun, KerasArchitecture):
        return assignment
    found = assignment.through_keras(begun.reason)
    if found.specs[0].architecture != begun:
        return assignment
    return replace(assignment, specs=found.specs, initial_weights=found.initial_weights, notes=found.notes)


def _network_in(folder: Path) -> Architecture | KerasArchitecture | None:
    """The network of the runs in a folder; None for no runs, and for damaged ones, which are refused elsewhere."""
    try:
        if (folder / STARTED_FILE).is_file():
            return read_started(folder).specs[0].architecture
        for place in (folder, *sorted(folder.glob("seed-*"))):
            if (place / RECORD_FILE).is_file():
                return read_record(place).spec.architecture
    except (ClasslabError, IndexError):
        pass
    return None
