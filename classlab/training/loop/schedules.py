"""Learning-rate schedules as factors on the base rate, step by step.

References:
    `keras.optimizers.schedules.ExponentialDecay(staircase=True)` and `CosineDecay`; cosine annealing is
    Loshchilov & Hutter (2017).
"""

from __future__ import annotations

from math import cos, floor, pi
from typing import TYPE_CHECKING

from classlab.records.schedules import Constant, Cosine, Schedule, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records.run import RunSpec


def factor(schedule: Schedule, *, steps_per_epoch: int, epochs: int) -> Callable[[int], float]:
    """The factor at a step counted from 0 over the whole training.

    A warm-up rises linearly from 0 and the schedule proper begins after it, as in Keras's `CosineDecay`.

    Args:
        schedule: the specification, with lengths in epochs.
        steps_per_epoch: steps in one epoch.
        epochs: epochs planned, which is where a cosine ends.
    """
    warmup = schedule.warmup_epochs * steps_per_epoch
    remaining = max(epochs * steps_per_epoch - warmup, 1.0)

    def at(step: int) -> float:
        if step < warmup:
            return step / warmup
        since = step - warmup
        match schedule:
            case Constant():
                return 1.0
            case Step():
                return float(schedule.factor ** floor(since / (schedule.every_epochs * steps_per_epoch)))
            case Cosine():
                half = 0.5 * (1 + cos(pi * min(since / remaining, 1.0)))
                return (1 - schedule.alpha) * half + schedule.alpha

    return at


def rate_at(run: RunSpec, step: int, *, steps_per_epoch: int) -> float:
    """A run's learning rate at a step counted from 0 over the whole training."""
    course = factor(run.schedule, steps_per_epoch=steps_per_epoch, epochs=run.epochs)
    return run.optimizer.learning_rate * course(step)
