"""One planted fault or healthy control: what is trained, and what the doctor ought to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, log
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from classlab.records import RunRecord, StudyRecord

Kind = Literal["fact", "symptom", "refused", "healthy"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A fault or a control on one ground.

    Args:
        name: the fault in words.
        ground: images and network, as in "mlp, mnist5k".
        kind: a fact must be found; of a symptom the first cause must be right; what is refused never starts to
            train; of a healthy run nothing above INFO may be said.
        expected: identifiers of the rules of which one is right; empty for a control.
        make: trains it, or raises the refusal.
        without: rules that are switched off.
        mild: whether a finding of severity INFO is enough.
    """

    name: str
    ground: str
    kind: Kind
    make: Callable[[], RunRecord | StudyRecord]
    expected: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    mild: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Dial:
    """Turns the numbers of a fault: the written ones in the published set, drawn ones in the held-out set.

    Args:
        rng: draws; None keeps what is written.
    """

    rng: random.Random | None = field(default=None)

    def __call__(self, written: float, low: float, high: float) -> float:
        """A number between two bounds, uniform in its logarithm, three digits."""
        if self.rng is None:
            return written
        return float(f"{exp(self.rng.uniform(log(low), log(high))):.3g}")

    def whole(self, written: int, low: int, high: int) -> int:
        """A whole number between two bounds, both included."""
        return written if self.rng is None else self.rng.randint(low, high)

    def seed(self) -> int:
        """A seed for a run."""
        return 0 if self.rng is None else self.rng.randrange(1, 10_000)
