"""The optimizers of a population: neighbors with equal settings move in one call, each block at its own rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import torch

from classlab.records import optimizers as specs
from classlab.training.loop.schedules import factor
from classlab.training.loop.update_rules import slots_of
from classlab.training.tensor.optimizers.adam import Adam, Nadam
from classlab.training.tensor.optimizers.base import Rows, Rule
from classlab.training.tensor.optimizers.clipping import Clipping
from classlab.training.tensor.optimizers.rmsprop import Adagrad, RMSprop
from classlab.training.tensor.optimizers.sgd import SGD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import Tensor

    from classlab.records.run import RunSpec
    from classlab.training.tensor.parameters import Parameter


@dataclass(frozen=True)
class _Part:
    """Neighboring members of equal settings, rate and schedule included."""

    members: int
    rate: float
    factor: Callable[[int], float]
    rows: Rows


@dataclass(frozen=True)
class _Block:
    """Neighboring members that follow one rule, each part of them at its own rate."""

    rule: Rule
    parts: list[_Part]
    rows: Rows

    def step(self, number: int) -> None:
        rates = [part.rate * part.factor(number) for part in self.parts]
        if len(rates) > 1 and self.rule.mixes_rates:
            each = [rate for rate, part in zip(rates, self.parts, strict=True) for _ in range(part.members)]
            self.rule.update_mixed(self.rows, learning_rates=each, step=number + 1)
            return
        for rate, part in zip(rates, self.parts, strict=True):
            self.rule.update(part.rows, learning_rate=rate, step=number + 1)


class PopulationOptimizer:
    """Every member's update rule and its state.

    Args:
        runs: each member's specification.
        parameters: the weights to move.
        steps_per_epoch: steps in one epoch, for schedules.
        device: where weights live.
    """

    def __init__(
        self, runs: Sequence[RunSpec], parameters: Sequence[Parameter], *, steps_per_epoch: int, device: torch.device
    ) -> None:
        self._runs = list(runs)
        self.parameters = list(parameters)
        self._steps_per_epoch = steps_per_epoch
        self._device = device
        # A slot holds rows for all members, also those whose rule has no use for it: rows stay aligned with weights.
        starts = [slots_of(run.optimizer) for run in runs]
        names = sorted({name for start in starts for name in start})
        self.slots: dict[str, list[Tensor]] = {
            name: [_start([start.get(name, 0.0) for start in starts], p.value) for p in parameters] for name in names
        }
        self._arrange()

    def step(self, number: int) -> None:
        """Clips the gradients and moves all weights.

        Args:
            number: steps taken before this one.
        """
        self._clipping.apply(self.parameters)
        for block in self._blocks:
            block.step(number)

    def keep(self, members: Tensor) -> None:
        """Drops every member not among `members`, an int64 tensor `(kept,)`; weights must be dropped before."""
        self._runs = [self._runs[index] for index in members.tolist()]
        self.slots = {name: [t.index_select(0, members) for t in tensors] for name, tensors in self.slots.items()}
        self._arrange()

    def _arrange(self) -> None:
        self._clipping = Clipping([run.optimizer for run in self._runs], device=self._device)
        self._blocks: list[_Block] = []
        start = 0
        for optimizer, group in groupby(self._runs, key=lambda run: replace(run.optimizer, learning_rate=1.0)):
            members = list(group)
            names, stop = slots_of(optimizer), start + len(members)
            self._blocks.append(
                _Block(
                    rule=rule_for(optimizer),
                    parts=self._parts(members, start, names),
                    rows=self._rows(start, stop, names),
                )
            )
            start = stop

    def _parts(self, members: list[RunSpec], start: int, names: Iterable[str]) -> list[_Part]:
        parts = []
        for _, group in groupby(members, key=lambda run: (run.optimizer, run.schedule, run.epochs)):
            equal = list(group)
            run, stop = equal[0], start + len(equal)
            course = factor(run.schedule, steps_per_epoch=self._steps_per_epoch, epochs=run.epochs)
            parts.append(
                _Part(
                    members=len(equal),
                    rate=run.optimizer.learning_rate,
                    factor=course,
                    rows=self._rows(start, stop, names),
                )
            )
            start = stop
        return parts

    def _rows(self, start: int, stop: int, names: Iterable[str]) -> Rows:
        return Rows(
            values=[p.value[start:stop] for p in self.parameters],
            gradients=[p.gradient[start:stop] for p in self.parameters],
            slots={name: [t[start:stop] for t in self.slots[name]] for name in names},
        )


def rule_for(spec: specs.Optimizer) -> Rule:
    """The update rule of a specification."""
    match spec:
        case specs.SGD():
            return SGD(spec)
        case specs.Adam() | specs.AdamW():
            return Adam(spec)
        case specs.RMSprop():
            return RMSprop(spec)
        case specs.Adagrad():
            return Adagrad(spec)
        case specs.Nadam():
            return Nadam(spec)


def _start(values: Sequence[float], like: Tensor) -> Tensor:
    column = torch.tensor(values, device=like.device, dtype=like.dtype).view(-1, *(1,) * (like.ndim - 1))
    return torch.zeros_like(like) + column
