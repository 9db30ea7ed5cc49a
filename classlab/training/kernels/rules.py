"""Update rules as the kernels know them, and the rate of every step."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, RMSprop
from classlab.records.schedules import Constant
from classlab.training.kernels.structures import Settings
from classlab.training.loop.schedules import factor
from classlab.training.loop.update_rules import is_plain, limits_of, step_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.records.optimizers import Optimizer
    from classlab.records.run import RunSpec

# `enum rule` of kernels/structures.h.
_SGD, _MOMENTUM, _NESTEROV, _ADAM, _RMSPROP, _ADAGRAD, _NADAM, _RMSPROP_VARIANT = range(8)


def known(optimizer: Optimizer) -> bool:
    """Whether the steps of dense networks have this rule with these settings; those of chains have all."""
    if any(limit is not None for limit in limits_of(optimizer)):
        return False
    match optimizer:
        case SGD() | Adam() | AdamW():
            return True
        case RMSprop():
            return is_plain(optimizer)
        case _:
            return False


def settings_of(runs: Sequence[RunSpec]) -> list[Settings]:
    """The rules of consecutive members, neighbors of one rule together."""
    found: list[Settings] = []
    start = 0
    for optimizer, group in groupby(runs, key=lambda run: replace(run.optimizer, learning_rate=1.0, weight_decay=None)):
        stop = start + len(list(group))
        found.append(Settings(first_member=start, last_member=stop, **_constants(optimizer)))
        start = stop
    return found


def step_numbers(run: RunSpec, *, first: int, count: int, steps_per_epoch: int) -> NDArray[np.float32]:
    """What each step of a chain's member is told: size, what weight decay leaves, and what Nadam needs beside them.

    Args:
        run: the member.
        first: steps taken before these.
        count: how many steps.
        steps_per_epoch: for schedules.

    Returns:
        `(steps, 4)`.
    """
    found = np.zeros((count, 4), np.float32)
    sizes, keeps = step_rates([run], first=first, count=count, steps_per_epoch=steps_per_epoch)
    found[:, :1], found[:, 1:2] = sizes, keeps
    if isinstance(run.optimizer, Nadam):
        rates = sizes[:, 0].astype(np.float64)
        found[:, 0], found[:, 2], found[:, 3] = _nadam(run.optimizer, rates, first=first)
    return found


def _nadam(spec: Nadam, rates: NDArray[np.float64], *, first: int) -> tuple[NDArray[np.float64], ...]:
    """The sizes of the mean's and of the gradient's part, and the correction of the squares' mean.

    References:
        Dozat (2016); `keras.optimizers.Nadam`, whose momentum schedule is u_t = b1 * (1 - 0.5 * 0.96^t).
    """
    steps = np.arange(1, first + len(rates) + 2)
    u = spec.beta_1 * (1 - 0.5 * 0.96**steps)
    product = np.cumprod(u)
    own = slice(first, first + len(rates))
    following = slice(own.start + 1, own.stop + 1)
    mean = rates * u[following] / (1 - product[following])
    gradient = rates * (1 - u[own]) / (1 - product[own])
    return mean, gradient, 1 / (1 - spec.beta_2 ** steps[own])


def _constants(optimizer: Optimizer) -> dict[str, float]:
    match optimizer:
        case SGD():
            rule = _SGD if not optimizer.momentum else _NESTEROV if optimizer.nesterov else _MOMENTUM
            return {"rule": rule, "first": optimizer.momentum}
        case Adam() | AdamW():
            first, second = 1 - optimizer.beta_1, 1 - optimizer.beta_2
            return {"rule": _ADAM, "first": first, "second": second, "epsilon": optimizer.epsilon}
        case RMSprop():
            rho = optimizer.rho
            rule = _RMSPROP if is_plain(optimizer) else _RMSPROP_VARIANT
            third = optimizer.momentum
            return {"rule": rule, "first": rho, "second": 1 - rho, "third": third, "epsilon": optimizer.epsilon}
        case Adagrad():
            return {"rule": _ADAGRAD, "epsilon": optimizer.epsilon}
        case Nadam():
            first, second = 1 - optimizer.beta_1, 1 - optimizer.beta_2
            return {"rule": _NADAM, "first": first, "second": second, "epsilon": optimizer.epsilon}


def step_rates(
    runs: Sequence[RunSpec], *, first: int, count: int, steps_per_epoch: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What each step multiplies a member's update by, and what weight decay leaves of its weights.

    Args:
        runs: the members.
        first: steps taken before these.
        count: how many steps.
        steps_per_epoch: for schedules.

    Returns:
        Two arrays `(steps, members)`.
    """
    numbers = np.arange(first, first + count)
    sizes, keeps = np.empty((2, count, len(runs)), np.float32)
    for slot, run in enumerate(runs):
        optimizer = run.optimizer
        rates = optimizer.learning_rate * _factors(run, numbers, steps_per_epoch)
        with np.errstate(over="ignore"):  # a rate beyond float32 is infinite, and the member diverges
            keeps[:, slot] = 1 - rates * (optimizer.weight_decay or 0.0)
            sizes[:, slot] = step_sizes(optimizer, rates, numbers + 1) if isinstance(optimizer, Adam | AdamW) else rates
    return sizes, keeps


def _factors(run: RunSpec, numbers: NDArray[np.int64], steps_per_epoch: int) -> NDArray[np.float64]:
    if run.schedule == Constant():
        return np.ones(len(numbers))
    at = factor(run.schedule, steps_per_epoch=steps_per_epoch, epochs=run.epochs)
    return np.array([at(number) for number in numbers.tolist()])
