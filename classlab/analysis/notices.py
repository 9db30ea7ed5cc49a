"""What a reader must know before a study's figures: how its plan could mislead, and what went wrong in its runs."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, listed
from classlab.records import Architecture, StudySpec, configuration
from classlab.records.layers import Regularizer
from classlab.records.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis.records import Analysis, ArmAnalysis
    from classlab.records import RunSpec, StudyRecord


_USUAL_MARGIN = next(field.default for field in fields(StudySpec) if field.name == "margin")
_LISTED = 5  # groups of duplicates that are named; the rest is counted


def notices(study: StudySpec) -> tuple[str, ...]:
    """Everything about a study's plan that its reader must know, each a sentence; empty for a sound one."""
    return (
        *_folds(study),
        *_duplicate_notices(study),
        *_one_start(study),
        *_misnamed(study),
        *_selection(study),
        *_lengths(study),
    )


def duplicates(study: StudySpec) -> list[tuple[str, ...]]:
    """Groups of arms that are one and the same configuration under several names.

    Names of networks and of their layers are left out of the comparison: the same layers under two names are the same
    network, and two copies of a Keras model that differ in the weights they were made with are one where every seed
    draws its own.
    """
    groups: dict[str, list[str]] = {}
    for arm in study.arms:
        groups.setdefault(configuration(arm.spec), []).append(arm.name)
    return [tuple(names) for names in groups.values() if len(names) > 1]


def _duplicate_notices(study: StudySpec) -> list[str]:
    found = duplicates(study)
    sentences = [
        f"The arms {_named(names)} are one and the same configuration under {len(names)} names; a difference between "
        "them cannot mean anything."
        for names in found[:_LISTED]
    ]
    if len(found) > _LISTED:
        sentences.append(f"{len(found) - _LISTED} more groups of arms are one configuration under several names.")
    return sentences


def _folds(study: StudySpec) -> list[str]:
    """How the validation figures of a cross-validation came about."""
    if study.folds is None:
        return []
    others = f"the other {study.folds - 1} folds" if study.folds > 2 else "the other fold"
    return [
        f"Cross-validation in {study.folds} folds: every seed of an arm trains {study.folds} networks, each on "
        f"{others}, and each training image is judged by the one network that was not trained on it."
    ]


def _one_start(study: StudySpec) -> list[str]:
    """Arms whose seeds all start from weights that were given, and so do not speak for other weights than these.

    One seed is one start in any case, and has a notice of its own.
    """
    starts: dict[str, list[str]] = {}
    for arm in study.arms:
        if arm.spec.initial_weights is not None:
            starts.setdefault(arm.spec.initial_weights, []).append(arm.name)
    if len(study.seeds) < 2:
        return []
    return [_start_notice(names, arms=len(study.arms)) for names in starts.values()]


def _start_notice(names: list[str], *, arms: int) -> str:
    """What one start means: within these arms everything holds for it alone; towards others it is a difference itself.

    Args:
        names: the arms that start there.
        arms: of the whole study.
    """
    told = f"the arm {names[0]!r}" if len(names) == 1 else f"the arms {_named(names)}"
    head = f"Every seed of {told} starts from the same given weights"
    if len(names) == arms:
        return f"{head}, so what is found holds for a start from these weights only."
    return f"{head}, so a difference from other arms says nothing about architectures, only about these weights."


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
    if study.select == "val_loss" and study.margin != _USUAL_MARGIN:
        sentences.append(
            f"The margin of {study.margin:g} is one of accuracy and does not count here, because the arms are ranked "
            "by loss."
        )
    if study.select == "val_loss":
        sentences.extend(_unlike_losses(study))
    if len(study.seeds) == 1:
        sentences.append(
            "Every arm was trained from one seed only, so the figures say nothing about the spread between seeds."
        )
    if study.chosen_on_test:
        sentences.append(
            "The arms are ranked on the test images, because they validate on them, so the winner's test figure is "
            "flattered."
        )
    return sentences


def _unlike_losses(study: StudySpec) -> list[str]:
    """Losses of different kinds are figures of different kinds: the smaller one is not the better network."""
    named = {arm.spec.loss.name for arm in study.arms}
    kinds = {"a cross-entropy" if name.endswith("crossentropy") else "the mean squared error" for name in named}
    if len(kinds) > 1:
        return [
            "The arms minimise different losses, some a cross-entropy and some the mean squared error, so ranking by "
            "loss compares figures of different kinds; rank by val_accuracy instead."
        ]
    if len({_penalties(arm.spec) for arm in study.arms}) > 1:
        return [
            "The arms' losses include different penalties on weights, so ranking by loss compares more than what they "
            "make of images; rank by val_accuracy instead."
        ]
    return []


def _penalties(spec: RunSpec) -> frozenset[Regularizer]:
    """The penalties on weights in a network of our own layers; none are known of one that Keras runs."""
    layers = spec.architecture.layers if isinstance(spec.architecture, Architecture) else ()
    return frozenset(each for layer in layers for each in vars(layer).values() if isinstance(each, Regularizer))


def _lengths(study: StudySpec) -> list[str]:
    epochs = sorted({arm.spec.epochs for arm in study.arms})
    if len(epochs) == 1:
        return []
    return [f"The arms were not trained equally long: from {epochs[0]} to {epochs[-1]} epochs."]


def _named(names: Sequence[str]) -> str:
    return listed([repr(name) for name in names])


_STATES = {"diverged": "diverged", "failed": "failed", "interrupted": "stopped before the end"}
_NAMED = 5  # arms that are named; the rest is counted


def run_notices(study: StudyRecord, analysis: Analysis) -> tuple[str, ...]:
    """Runs that did not end well, and records that do not tell single images; empty where there are none of either."""
    return (*_unfinished(analysis), *_without_images(study))


def _unfinished(analysis: Analysis) -> list[str]:
    if not analysis.unfinished:
        return []
    parts = [f"'{arm.name}' ({_how(arm)})" for arm in analysis.arms if not arm.ended_well]
    rest = "; ".join(parts[:_NAMED])
    if len(parts) > _NAMED:
        rest += f"; {counted(len(parts) - _NAMED, 'more arm')}"
    told = f"{analysis.unfinished} of {counted(analysis.runs, 'run')} did not end well: {rest}."
    one, single = analysis.unfinished == 1, len(parts) == 1
    left = "Its figures are left out" if one else "Their figures are left out"
    if len(analysis.arms) == 1:
        return [f"{told} {left}."]
    whose = f"{'its' if one else 'their'} {'arm' if single else 'arms'}"
    seeds = f"{'its seed is' if one else 'their seeds are'} left out where {whose} {'is' if single else 'are'} compared"
    if len(parts) == len(analysis.arms):
        return [f"{told} {left}, and {seeds}."]
    return [
        f"{told} {left}, {seeds}, and {whose} {'comes' if single else 'come'} after those whose every run finished."
    ]


def _how(arm: ArmAnalysis) -> str:
    """How the runs of an arm went wrong, each way with its number."""
    bad = {word: arm.states[state] for state, word in _STATES.items() if state in arm.states}
    silent = arm.score.excluded - sum(bad.values())
    ways = [f"{number} {word}" for word, number in bad.items()]
    return ", ".join([*ways, *([f"{silent} without a figure"] if silent > 0 else [])])


def _without_images(study: StudyRecord) -> list[str]:
    old = sum(run.outcomes is None for run in study.runs if run.validation is not None)
    if not old:
        return []
    if old == len(study.runs) > 1:
        which = "The runs come from an older classlab and do"
    elif old == len(study.runs):
        which = "The run comes from an older classlab and does"
    else:
        which = f"{old} of {len(study.runs)} runs {'comes' if old == 1 else 'come'} from an older classlab and "
        which += "does" if old == 1 else "do"
    if len(study.spec.seeds) > 1:
        so = "so intervals and comparisons hold for other seeds only, on these very images"
    elif len(study.spec.arms) > 1:
        so = "so arms of one seed each cannot be compared"
    else:
        return []  # of one network the number of images is enough
    return [f"{which} not tell which images were recognised, {so}. Train anew with --again."]
