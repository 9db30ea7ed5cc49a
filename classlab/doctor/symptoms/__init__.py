"""The checks of one training, one per module: each has `RULE`, `NAME` and `check(case)`.

`check` returns a finding, None where all is well, or `Unchecked` with the reason where the case does not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from classlab.doctor.symptoms import (
    bad_start,
    behind,
    capacity,
    chance_plateau,
    class_imbalance,
    dead_units,
    double_normalization,
    double_softmax,
    first_loss,
    head_width,
    image_layout,
    label_form,
    label_range,
    labels_without_signal,
    learning_rate_too_high,
    learning_rate_too_low,
    logits_as_probabilities,
    loss_for_head,
    maximised_loss,
    misleading_metric,
    misnamed_run,
    missing_normalization,
    mixed_images,
    mode_gap,
    nonfinite,
    one_batch,
    oscillation,
    overfitting,
    same_answer,
    split_overlap,
    split_preprocessing,
    trained_start,
    training_rows_as_validation,
    under_trained,
    unseen_at_chance,
    validation_on_test,
    vanishing_gradients,
)

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.records.finding import Finding, Unchecked


class Symptom(Protocol):
    """A module of this package."""

    RULE: str
    NAME: str

    def check(self, case: Case) -> Finding | Unchecked | None:
        """Looks at a case."""


SYMPTOMS: tuple[Symptom, ...] = cast(
    "tuple[Symptom, ...]",
    (
        double_normalization,
        missing_normalization,
        split_preprocessing,
        label_range,
        labels_without_signal,
        class_imbalance,
        split_overlap,
        image_layout,
        logits_as_probabilities,
        double_softmax,
        head_width,
        loss_for_head,
        label_form,
        misleading_metric,
        first_loss,
        maximised_loss,
        mixed_images,
        misnamed_run,
        validation_on_test,
        training_rows_as_validation,
        trained_start,
        chance_plateau,
        learning_rate_too_high,
        learning_rate_too_low,
        nonfinite,
        dead_units,
        vanishing_gradients,
        bad_start,
        one_batch,
        same_answer,
        capacity,
        oscillation,
        overfitting,
        under_trained,
        mode_gap,
        unseen_at_chance,
        behind,
    ),
)

__all__ = ["SYMPTOMS", "Symptom"]
