"""Early stopping of one member, by the rule of `keras.callbacks.EarlyStopping`."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.records.run import EarlyStopping


@dataclass
class Stopper:
    """Remembers the best epoch.

    Args:
        rule: what is watched and for how long.
        best: best figure so far, with the sign turned so that lower is better.
        best_epoch: its epoch, from 1; 0 before the first.
        waited: epochs since.
    """

    rule: EarlyStopping
    best: float = inf
    best_epoch: int = 0
    waited: int = 0

    def improved(self, figures: dict[str, float], epoch: int) -> bool:
        """Takes in an epoch's figures (epoch counted from 1) and tells whether it is the best so far."""
        sign = -1.0 if self.rule.monitor.endswith("accuracy") else 1.0
        current = sign * figures[self.rule.monitor]
        self.waited += 1
        if not current < self.best - self.rule.min_delta:
            return False
        self.best, self.best_epoch, self.waited = current, epoch, 0
        return True

    @property
    def exhausted(self) -> bool:
        """Whether patience has run out."""
        return self.waited >= max(self.rule.patience, 1)
