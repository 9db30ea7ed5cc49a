"""Validation figures that count every class alike, for runs whose early stopping watches one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.training.backend import EpochResult, Population, TrainingRequest
    from classlab.training.loop.member import Member

_FIGURES = ("val_balanced_accuracy", "val_macro_f1")


def watched_by_class(
    members: Sequence[Member], result: EpochResult, population: Population, request: TrainingRequest
) -> dict[int, dict[str, float]]:
    """Balanced accuracy and macro F1 of the members that watch one of them, by their slots.

    Loss and accuracy come out of an epoch by themselves. These need each image's class, and so another pass over the
    validation images, which the other members are spared.

    Args:
        members: those in training, in the order of their slots.
        result: what the epoch gave; members whose loss was not finite have no further figures.
        population: theirs, after the epoch.
        request: what was asked for.
    """
    sound = result.training.first_bad_step
    slots = [slot for slot, member in enumerate(members) if _watches(member) and sound[slot] < 0]
    if not slots or request.validated is None:
        return {}
    from classlab.statistics import confusion

    labels = request.division.validation.labels
    found = {}
    for slot, each in zip(slots, request.validated([population.member_weights(slot) for slot in slots]), strict=True):
        assert each.probabilities is not None  # noqa: S101 - asked for
        taken, width = each.probabilities.argmax(axis=1), max(2, each.probabilities.shape[1])
        counted = confusion(labels, taken.astype(np.int64), classes=width)
        found[slot] = dict(zip(_FIGURES, (counted.balanced_accuracy, counted.macro_f1), strict=True))
    return found


def _watches(member: Member) -> bool:
    rule = member.spec.early_stopping
    return rule is not None and rule.monitor in _FIGURES
