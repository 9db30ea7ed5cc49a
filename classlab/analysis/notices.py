"""What a reader must know before the figures of a study: how it could mislead."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.records import Architecture
from classlab.records.codec import identity
from classlab.records.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from classlab.records import Arm, RunSpec, StudySpec

_LISTED = 5  # groups of duplicates that are named; the rest is counted


def notices(study: StudySpec) -> tuple[str, ...]:
    """Everything about a study's plan that its reader must know, each a sentence; empty for a sound one."""
    return (*_duplicate_notices(study), *_misnamed(study), *_selection(study), *_lengths(study))


def duplicates(study: StudySpec) -> list[tuple[str, ...]]:
    """Groups of arms that are one and the same configuration under several names.

    An architecture's own name is left out of the comparison: the same layers under two names are the same network.
    """
    groups: dict[str, list[str]] = {}
    for arm in study.arms:
        groups.setdefault(_configuration(arm), []).append(arm.name)
    return [tuple(names) for names in groups.values() if len(names) > 1]


def _configuration(arm: Arm) -> str:
    spec: RunSpec = arm.run_spec(0)
    if isinstance(spec.architecture, Architecture):
        spec = replace(spec, architecture=replace(spec.architecture, name=""))
    return identity(spec)


def _duplicate_notices(study: StudySpec) -> list[str]:
    found = duplicates(study)
    sentences = [
        f"The arms {_listed(names)} are one and the same configuration under {len(names)} names; a difference between "
        "them cannot mean anything."
        for names in found[:_LISTED]
    ]
    if len(found) > _LISTED:
        sentences.append(f"{len(found) - _LISTED} more groups of arms are one configuration under several names.")
    return sentences


def _misnamed(study: StudySpec) -> list[str]:
    """Arms that are called after an optimizer which they do not use."""
    sentences = []
    for arm in study.arms:
        words = set(re.findall(r"[a-z]+", arm.name.lower()))
        used = arm.spec.optimizer.kind
        others = sorted((words & set(OPTIMIZERS)) - {used})
        if others and used not in words:
            sentences.append(f"The arm {arm.name!r} is called after {others[0]}, but its optimizer is {used}.")
    return sentences


def _selection(study: StudySpec) -> list[str]:
    sentences = []
    if len(study.seeds) == 1:
        sentences.append(
            "Every arm was trained from one seed only, so the figures say nothing about the spread between seeds."
        )
    if any(arm.spec.data.validation == "test" for arm in study.arms):
        sentences.append(
            "The arms are ranked on the test images, because they validate on them, so the winner's test figure is "
            "flattered."
        )
    return sentences


def _lengths(study: StudySpec) -> list[str]:
    epochs = sorted({arm.spec.epochs for arm in study.arms})
    if len(epochs) == 1:
        return []
    return [f"The arms were not trained equally long: from {epochs[0]} to {epochs[-1]} epochs."]


def _listed(names: tuple[str, ...]) -> str:
    quoted = [repr(name) for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
