"""What a search will come to, said before it starts, at the speed of its first candidates on few images."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, duration
from classlab.records.base import Record
from classlab.search.budget import FINALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records.search import SearchSpec


@dataclass(frozen=True, kw_only=True)
class Estimate(Record):
    """What a search is expected to come to.

    Args:
        seconds_per_epoch: of one candidate among those that train with it, in seconds.
        candidates: that are drawn.
        seconds: of searching and of the finalists' training.
    """

    seconds_per_epoch: float
    candidates: int
    seconds: float


def epochs_per_candidate(rungs: Sequence[int], reduction: int) -> float:
    """Epochs that a candidate takes on average where one of `reduction` goes on at each rung.

    Example:
        >>> round(epochs_per_candidate((1, 3, 9), 3), 2)
        2.33
    """
    ways = [rungs[0], *(after - before for before, after in pairwise(rungs))]
    return sum(way / float(reduction) ** place for place, way in enumerate(ways))


def estimated(spec: SearchSpec, seconds_per_epoch: float) -> Estimate:
    """What a search comes to at a speed.

    Args:
        spec: what was asked for.
        seconds_per_epoch: of one candidate, in seconds.
    """
    each = epochs_per_candidate(spec.rungs, spec.reduction)
    finals: float = spec.finalists * len(spec.seeds) * spec.rungs[-1]
    budget, limits = spec.budget, []
    if budget.minutes is not None:
        whole = 60 * budget.minutes / seconds_per_epoch  # epochs
        finals = min(finals, whole * FINALS)
        limits.append((whole - finals) / each)
    if budget.runs is not None:
        limits.append(budget.runs)
    if budget.epochs is not None:
        limits.append(budget.epochs / each)
    candidates = max(1, round(min(limits)))
    return Estimate(
        seconds_per_epoch=seconds_per_epoch,
        candidates=candidates,
        seconds=seconds_per_epoch * (candidates * each + finals),
    )


def estimate_words(spec: SearchSpec, found: Estimate) -> str:
    """The estimate as a sentence."""
    candidates = counted(found.candidates, "candidate")
    finals = "" if not spec.finalists else f" and {counted(spec.finalists, 'finalist')}"
    return (
        f"Expected: about {candidates}{finals} in about {duration(found.seconds)}, at {found.seconds_per_epoch:.2g} s "
        "for an epoch of one candidate, as the first of them takes here."
    )
