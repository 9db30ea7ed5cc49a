"""A run of ours as a case: from its record, or from what training has noted so far."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from classlab.doctor.case import Case, LabelFacts
from classlab.doctor.layer_facts import facts_of
from classlab.records.diagnostics import Diagnostics, SplitFacts
from classlab.records.finding import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.records import RunRecord, RunSpec


def case_of(record: RunRecord, *, arm: str = "") -> Case:
    """A finished run of ours as a case.

    Args:
        record: the run.
        arm: its arm's name in a study; "" where there is none.
    """
    ended = record.state not in ("interrupted",)
    return case_of_training(
        record.spec,
        classes=len(record.class_names),
        diagnostics=record.diagnostics,
        history=record.history,
        epochs_done=record.epochs_done,
        diverged=record.state == "diverged",
        ended=ended,
        stopped_early=record.state == "stopped_early",
        fitted_accuracy=None if record.fitted is None else record.fitted.accuracy,
        arm=arm,
    )


def case_of_training(
    spec: RunSpec,
    *,
    classes: int,
    diagnostics: Diagnostics | None,
    history: Mapping[str, tuple[float, ...]],
    epochs_done: int,
    diverged: bool = False,
    ended: bool = False,
    stopped_early: bool = False,
    fitted_accuracy: float | None = None,
    arm: str = "",
) -> Case:
    """A run of ours at any moment as a case: before the first step, between epochs, or when it has ended.

    Args:
        spec: what is trained.
        classes: number of classes.
        diagnostics: what training has noted so far; None for nothing, as in runs of earlier versions.
        history: figures so far.
        epochs_done: epochs that ended with finite figures.
        diverged: whether it ended because figures were not finite.
        ended: whether no further epoch is to come.
        stopped_early: whether early stopping ended it.
        fitted_accuracy: accuracy on training images in evaluation mode.
        arm: its arm's name in a study.
    """
    noted = diagnostics or Diagnostics(splits={})
    train = noted.splits.get("train")
    layers = facts_of(spec.architecture)
    weights = _class_weights(spec, train)
    reason = "the run was trained without diagnostics"
    return Case(
        classes=classes,
        layers=layers,
        input_shape=spec.image_shape,
        takes_features=spec.data.backbone is not None,
        outer_scalings=_outer(spec),
        splits=noted.splits,
        labels=LabelFacts(minimum=0, maximum=classes - 1) if train else None,
        labels_converted=True,
        metric_counts_images=True,
        overlap=noted.overlap if diagnostics else None,
        baseline_accuracy=noted.baseline_accuracy,
        loss=spec.loss.name,
        from_logits=spec.loss.from_logits,
        optimizer=spec.optimizer.kind,
        learning_rate=spec.optimizer.learning_rate,
        momentum=getattr(spec.optimizer, "momentum", 0.0),
        clips=spec.optimizer.clips,
        schedule=spec.schedule.kind,
        weight_decay=spec.optimizer.weight_decay or 0.0,
        batch_size=spec.batch_size,
        steps_per_epoch=ceil(train.images / spec.batch_size) if train else None,
        epochs=spec.epochs,
        epochs_done=epochs_done,
        history=_per_weight(history, weights, train),
        probes=noted.probes,
        unseen_present=noted.unseen_present,
        unseen_right=noted.unseen_right,
        first_bad_step=noted.first_bad_step,
        diverged=diverged,
        ended=ended,
        stopped_early=stopped_early,
        validation_is_test=spec.data.validation == "test",
        given_weights=spec.initial_weights is not None,
        class_weights=weights,
        fitted_accuracy=fitted_accuracy,
        label=arm,
        place=Place(arm=arm, seed=spec.seed, epoch=epochs_done),
        out_of_reach=dict.fromkeys(("splits", "probes", "overlap", "labels", "baseline_accuracy"), reason)
        if diagnostics is None
        else {},
    )


def _class_weights(spec: RunSpec, train: SplitFacts | None) -> tuple[float, ...]:
    """What each class weighs in the training loss; nothing where all weigh alike or their sizes are not known."""
    if spec.class_weights is None or train is None:
        return ()
    if spec.class_weights != "balanced":
        return spec.class_weights if len(spec.class_weights) == len(train.class_counts) else ()
    present = sum(count > 0 for count in train.class_counts)
    return tuple(sum(train.class_counts) / (present * count) if count else 1.0 for count in train.class_counts)


def _per_weight(
    history: Mapping[str, tuple[float, ...]], weights: tuple[float, ...], train: SplitFacts | None
) -> Mapping[str, tuple[float, ...]]:
    """Figures with the training loss per unit of weight, so that knowing nothing costs ln K again."""
    if not weights or train is None or "loss" not in history:
        return history
    mean = sum(count * weight for count, weight in zip(train.class_counts, weights, strict=True)) / train.images
    return {**history, "loss": tuple(loss / mean for loss in history["loss"])} if mean > 0 else history


def _outer(spec: RunSpec) -> tuple[str, ...]:
    words = {
        "unit": "preprocessing unit (/255)",
        "symmetric": "preprocessing symmetric (/127.5 - 1)",
        "standardize": "preprocessing standardize",
    }
    found = None if spec.data.backbone else words.get(spec.data.preprocessing)  # which then meets the backbone
    return () if found is None else (found,)
