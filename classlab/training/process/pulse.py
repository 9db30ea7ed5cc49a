"""How far an epoch is, told a few times a second: backends count their steps here, from whichever thread.

A step costs it a look at the clock. Figures are asked for only where they are told, and whoever gives them leaves
everything as it was: what is shown of a training does not change its outcome.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Losses: TypeAlias = "tuple[Sequence[float], Sequence[float]]"
"""Loss and accuracy of members over the part of the epoch that is done."""

EVERY = 0.5  # seconds; who looks on reads no quicker


class Pulse:
    """Counts the steps that members take within an epoch.

    Args:
        tell: takes the share of the epoch that is done, and loss and accuracy by slot where they are known.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        tell: Callable[[float, dict[int, tuple[float, float]]], None],
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._tell, self._clock, self._lock = tell, clock, Lock()
        self.begin(member_steps=1)

    def begin(self, *, member_steps: int) -> None:
        """An epoch of so many steps, of all members together, begins."""
        self._all, self._done = member_steps, 0
        self._figures: dict[int, tuple[float, float]] = {}
        self._due = self._clock() + EVERY
        self._asked: dict[int, float] = {}

    def took(self, slots: range, steps: int, so_far: Callable[[], Losses] | None = None) -> None:
        """These members have taken so many more steps each.

        Args:
            slots: consecutive members.
            steps: of each.
            so_far: their figures over the epoch so far; None where that is not known.
        """
        now = self._clock()
        with self._lock:
            self._done += steps * len(slots)
            asked = so_far is not None and now >= self._asked.get(slots.start, self._due - EVERY / 2)
            if asked:
                self._asked[slots.start] = now + EVERY
            due = now >= self._due
            if due:
                self._due = now + EVERY
        if asked and so_far is not None:
            self._figures |= dict(zip(slots, zip(*so_far(), strict=True), strict=True))
        if due:
            self._tell(min(1.0, self._done / self._all), dict(self._figures))
