"""The short training in which a remedy is tried: how many images, epochs and steps both versions get."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.studies.work.plan import work_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.datasets.dataset import Dataset, Division
    from classlab.options.words import ValidationWord
    from classlab.records import RunSpec
    from classlab.records.schedules import Schedule

# Multiply-adds, forward, of all runs of a trial. One core was measured at 7e9 of them a second in float32 convolutions
# of the lab's network, with the way back and the update; so on two cores its trial ends in well under two minutes.
WORK_BUDGET = 0.8e12
LEAST_STEPS = 50  # below, a sound network may not have left chance level yet
_SHARE = 0.1  # of the training images for validation, where the run validates on the test images


@dataclass(frozen=True, kw_only=True, eq=False)
class ShortCourse:
    """Both versions, cut to the same short training on the same images.

    Args:
        faulty: the run as it was, but shorter.
        remedied: the run as it should be, as short.
        division: the images of both; its test images are never looked at.
        steps: of the faulty version.
    """

    faulty: RunSpec
    remedied: RunSpec
    division: Division
    steps: int


def short_course(faulty: RunSpec, remedied: RunSpec, dataset: Dataset, *, seeds: int, steps: int) -> ShortCourse:
    """Cuts a run and its remedied version to a short training.

    One pass over as many images as the steps take, or several passes where there are fewer images. Networks whose steps
    take long get fewer of them. Lengths in epochs (warm-up, steps of the rate) shrink with the course. A remedy that
    changes the number of epochs changes that of the course in proportion.

    Args:
        faulty: the run.
        remedied: the run with its remedy.
        dataset: the images.
        seeds: runs of each version.
        steps: wanted of the faulty version.

    Raises:
        DataError: there are too few images to divide.
    """
    validation: float | ValidationWord = _SHARE if faulty.data.validation == "test" else faulty.data.validation
    share = validation if isinstance(validation, float) else 0  # of the training images; its own images take none
    taken = steps_within_budget(faulty, runs=2 * seeds, steps=steps)
    available = min(len(dataset.train), faulty.data.limit or inf)
    # So many images that, once the validation share is taken, the rest is one pass of the wanted steps.
    limit = min(available, ceil(taken * faulty.batch_size / (1 - share)))
    division = dataset.divide(
        validation=validation,
        limit=None if limit >= len(dataset.train) else int(limit),
        leave_out=faulty.data.leave_out,
    )
    per_epoch = ceil(len(division.train) / faulty.batch_size)
    epochs = max(1, round(taken / per_epoch))
    # A remedy that trains twice as long trains the short course twice as long too.
    longer = max(1, round(epochs * remedied.epochs / faulty.epochs))
    limited = limit if limit < len(dataset.train) else None
    data = {"validation": validation, "limit": limited, "folds": None, "fold": None}
    if faulty.data.backbone is not None:
        from classlab.models.preprocessing import input_layer
        from classlab.studies.transfer.features import feature_division

        scaling = input_layer(faulty.data.preprocessing, division.train.images)
        division = feature_division(dataset, replace(faulty.data, **data), input_layer=scaling)  # type: ignore[arg-type]
    return ShortCourse(
        faulty=_cut(faulty, data, epochs=epochs, of=faulty.epochs),
        remedied=_cut(remedied, data, epochs=longer, of=remedied.epochs),
        division=division,
        steps=epochs * per_epoch,
    )


def check_extent(*, seeds: int, steps: int) -> None:
    """Refuses a course that could show nothing.

    Raises:
        SpecError: `seeds` is below 2, or `steps` below 1.
    """
    if seeds < 2:
        raise SpecError(f"`seeds` must be at least 2 to show a spread, but got seeds={seeds}. 3 are usual.")
    if steps < 1:
        raise SpecError(f"`steps` must be at least 1, but got steps={steps}. 300 are usual.")


def steps_within_budget(spec: RunSpec, *, runs: int, steps: int) -> int:
    """How many steps of so many runs the budget allows: the wanted ones, or fewer, but at least fifty.

    Args:
        spec: one of the runs.
        runs: how many.
        steps: wanted.
    """
    one_step = work_of(replace(spec, epochs=1), spec.batch_size)
    return min(steps, max(LEAST_STEPS, int(WORK_BUDGET / (runs * one_step))))


def _cut(spec: RunSpec, data: Mapping[str, object], *, epochs: int, of: int) -> RunSpec:
    return replace(
        spec,
        epochs=epochs,
        data=replace(spec.data, **data),  # type: ignore[arg-type]  # validation and limit, by their names
        schedule=_shrunk(spec.schedule, epochs / of),
        initial_weights=None,
        fine_tuning=None,  # the course is the head's
    )


def _shrunk(schedule: Schedule, factor: float) -> Schedule:
    if schedule.kind == "step":
        return replace(
            schedule,
            warmup_epochs=schedule.warmup_epochs * factor,
            every_epochs=schedule.every_epochs * factor,
        )
    return replace(schedule, warmup_epochs=schedule.warmup_epochs * factor)
