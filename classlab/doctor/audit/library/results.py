"""What `evaluate` gives back, by place and by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.trainings import Score, Scores

if TYPE_CHECKING:
    from classlab.doctor.audit.values import Value


def score_at(scores: Scores, place: int | str | None) -> Value:
    """One of the figures: the loss comes first, the metrics after it."""
    figure = place if isinstance(place, str) else "loss" if place == 0 else "accuracy"
    return Score(scores.fits, scores.role, figure, None, scores.model)
