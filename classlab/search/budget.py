"""What a search has spent, what it may still spend, and what its finalists will take."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records.search import SearchRecord, SearchSpec

FINALS = 0.5
"""Most of the minutes that is set aside for finalists: a search that looks at less than it judges finds little."""


@dataclass(eq=False)
class Spending:
    """The budget of a search, and how much of it is left.

    Args:
        spec: the search.
        seconds: wall time of earlier sessions, in seconds.
        clock: seconds that only ever grow.
    """

    spec: SearchSpec
    seconds: float
    clock: Callable[[], float] = time.perf_counter
    _began: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    @property
    def spent(self) -> float:
        """Wall time of all sessions, in seconds."""
        return self.seconds + self.clock() - self._began

    def reserve(self, epochs: int) -> float:
        """What is set aside for the finalists' training, in seconds, by what an epoch took so far.

        That is half of the minutes at most; where it is too little for all finalists, fewer are trained.

        Args:
            epochs: of all candidates so far.
        """
        most = self.spec.finalists * self._one_finalist(epochs)
        return most if self.spec.budget.minutes is None else min(most, 60 * self.spec.budget.minutes * FINALS)

    def finalists(self, epochs: int) -> int:
        """How many candidates can be trained again in the time that is left; one at least, if any were asked for.

        Args:
            epochs: as in `reserve`.
        """
        minutes, one = self.spec.budget.minutes, self._one_finalist(epochs)
        if minutes is None or not one:
            return self.spec.finalists
        return min(self.spec.finalists, max(1, int((60 * minutes - self.spent) / one)))

    def _one_finalist(self, epochs: int) -> float:
        """What the training of one finalist is expected to take, in seconds."""
        return len(self.spec.seeds) * self.spec.rungs[-1] * self.spent / epochs if epochs else 0.0

    def seconds_left(self, epochs: int) -> float | None:
        """Of searching; None where no wall time was set.

        Args:
            epochs: as in `reserve`.
        """
        minutes = self.spec.budget.minutes
        return None if minutes is None else 60 * minutes - self.spent - self.reserve(epochs)

    def epochs_left(self, epochs: int) -> int | None:
        """How many more may be trained, 0 where the time is up; None for no end.

        Args:
            epochs: as in `reserve`.
        """
        seconds = self.seconds_left(epochs)
        if seconds is not None and seconds <= 0:
            return 0
        most = self.spec.budget.epochs
        return None if most is None else max(0, most - epochs)

    def seats(self, record: SearchRecord, *, most: int) -> int:
        """How many more candidates may be drawn at once; 0 where the budget is spent.

        Args:
            record: the search so far.
            most: that are drawn at once where there is enough of everything.
        """
        first, limit = self.spec.rungs[0], most
        if self.spec.budget.runs is not None:
            limit = min(limit, self.spec.budget.runs - len(record.candidates))
        left = self.epochs_left(record.epochs)
        if left is not None:
            limit = min(limit, left // first)
        seconds = self.seconds_left(record.epochs)
        if seconds is not None and record.epochs:  # a population that cannot reach the first rung tells nothing
            limit = min(limit, int(seconds / (first * self.spent / record.epochs)))
        return max(0, limit)

    def expected(self, candidates: int, epochs: int) -> float | None:
        """Wall time until the first limit is reached, in seconds, at the speed so far; None before anything was done.

        Args:
            candidates: drawn so far.
            epochs: as in `reserve`.
        """
        budget, found = self.spec.budget, []
        if budget.minutes is not None:
            found.append(60 * budget.minutes - self.spent)
        for most, done in ((budget.runs, candidates), (budget.epochs, epochs)):
            if most is not None and done:
                found.append(self.spent / done * max(0, most - done))
        return max(0.0, min(found)) if found else None
