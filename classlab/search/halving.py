"""Who leaves a population before its training is over: weak candidates at rungs, and all once the budget is spent.

At a rung a candidate goes on where it is among the best of all that reached this rung so far, whichever population they
were in: successive halving that waits for nobody.

References:
    Li et al., A system for massively parallel hyperparameter tuning (2020), algorithm 2.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlab.records.study import direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from classlab.records.progress import EpochReport, MemberProgress
    from classlab.records.search import Candidate, SearchSpec

LEFT = {"stopped_at_rung": "others were ahead at this rung", "out_of_budget": "the search's budget was spent"}
"""Reasons, by the state that they stand for."""


def rungs_of(epochs: int, reduction: int) -> tuple[int, ...]:
    """Epochs after which candidates are compared, the last of them the whole training.

    Example:
        >>> rungs_of(10, 3), rungs_of(27, 3), rungs_of(1, 3)
        ((1, 3, 10), (1, 3, 9, 27), (1,))
    """
    found = [epochs]
    while found[-1] // reduction >= 1:
        found.append(found[-1] // reduction)
    return tuple(reversed(found))


@dataclass(frozen=True)
class Reached:
    """What one candidate had at a rung."""

    figure: float
    parameters: int


def stays(one: Reached, all_there: Sequence[Reached], *, reduction: int, sign: float, second: bool) -> bool:
    """Whether a candidate goes on from a rung.

    Args:
        one: the candidate.
        all_there: every candidate that reached the rung, this one too.
        reduction: one of so many goes on, and at least one does.
        sign: of the figure, see `classlab.records.study.direction`.
        second: whether a candidate that no other one beats in both figure and parameters goes on, too.

    Example:
        >>> there = [Reached(figure, 100) for figure in (0.9, 0.8, 0.7)]
        >>> [stays(each, there, reduction=3, sign=1.0, second=False) for each in there]
        [True, False, False]
    """
    ahead = sum(sign * other.figure > sign * one.figure for other in all_there)
    if ahead < max(1, len(all_there) // reduction):
        return True
    return second and not any(beats(other, one, sign=sign) for other in all_there)


def beats(other: Reached, one: Reached, *, sign: float) -> bool:
    """Whether one is no worse in both, and better in one of figure and parameters."""
    better, smaller = sign * (other.figure - one.figure), one.parameters - other.parameters
    return better >= 0 and smaller >= 0 and (better > 0 or smaller > 0)


@dataclass(eq=False, kw_only=True)
class Halving:
    """Watches one population of a search.

    Args:
        spec: the search.
        earlier: candidates of the populations before.
        parameters: of the network of this one.
        left: how many more epochs may be trained, told how many this population has; None for no end.
        told: called after every epoch.
        clock: seconds that only ever grow.
    """

    spec: SearchSpec
    earlier: Sequence[Candidate]
    parameters: int
    left: Callable[[int], int | None]
    told: Callable[[EpochReport], None]
    clock: Callable[[], float] = time.perf_counter
    seconds: dict[int, float] = field(default_factory=dict)
    _lengths: dict[int, int] = field(default_factory=dict)
    _before: float = 0.0

    def __post_init__(self) -> None:
        self._before = self.clock()

    def leaving(self, report: EpochReport) -> Mapping[int, str]:
        """Who leaves now, and why."""
        self._share(report.members)
        training = [each for each in report.members if each.state == "training"]
        gone = {each.index: LEFT["stopped_at_rung"] for each in training if not self._stays(each, report.members)}
        staying = [each for each in training if each.index not in gone and _length(each)]
        left = self.left(sum(map(_length, report.members)))
        if left is not None and left < len(training) - len(gone):
            sign = direction(self.spec.objective)
            staying.sort(key=lambda each: -sign * each.history[self.spec.objective][-1])
            gone |= {each.index: LEFT["out_of_budget"] for each in staying[max(0, left) :]}
        return gone

    def epoch_finished(self, report: EpochReport) -> None:
        """Passes the report on."""
        self.told(report)

    def _stays(self, one: MemberProgress, members: Iterable[MemberProgress]) -> bool:
        rung = _length(one)
        if rung not in self.spec.rungs[:-1]:
            return True
        here = {each.index: self._reached(each, rung) for each in members if _length(each) >= rung}
        before = [
            Reached(figure, each.parameters)
            for each in self.earlier
            if (figure := each.figure(self.spec.objective, rung)) is not None
        ]
        return stays(
            here[one.index],
            [*before, *here.values()],
            reduction=self.spec.reduction,
            sign=direction(self.spec.objective),
            second=self.spec.second is not None,
        )

    def _reached(self, member: MemberProgress, rung: int) -> Reached:
        return Reached(member.history[self.spec.objective][rung - 1], self.parameters)

    def _share(self, members: Iterable[MemberProgress]) -> None:
        """Divides the time since the last epoch over those who trained in it."""
        now = self.clock()
        moved = [each.index for each in members if _length(each) > self._lengths.get(each.index, 0)]
        for index in moved:
            self.seconds[index] = self.seconds.get(index, 0.0) + (now - self._before) / len(moved)
        self._lengths = {each.index: _length(each) for each in members}
        self._before = now


def _length(member: MemberProgress) -> int:
    """Epochs that a member has finished."""
    return len(member.history.get("val_loss", ()))
