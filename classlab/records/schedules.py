"""Learning-rate schedules: factors on the optimizer's base rate, with lengths in epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.errors import SpecError
from classlab.records.base import Record

ScheduleName = Literal["constant", "step", "cosine"]


@dataclass(frozen=True, kw_only=True)
class _Warmup(Record):
    """Args: warmup_epochs: the rate rises linearly from 0 over this many epochs first."""

    warmup_epochs: float = 0.0

    def __post_init__(self) -> None:
        if not self.warmup_epochs >= 0:
            raise SpecError(f"`warmup_epochs` must not be negative, but got {self.warmup_epochs}. Give 0 for none.")


@dataclass(frozen=True, kw_only=True)
class Constant(_Warmup):
    """The base rate throughout."""

    kind: Literal["constant"] = "constant"


@dataclass(frozen=True, kw_only=True)
class Step(_Warmup):
    """Multiplied by `factor` after every `every_epochs` epochs (Keras's staircase `ExponentialDecay`)."""

    every_epochs: float = 10.0
    factor: float = 0.1
    kind: Literal["step"] = "step"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.every_epochs > 0 and self.factor > 0):
            raise SpecError(
                "a step schedule's `every_epochs` and `factor` must be positive, but got "
                f"every_epochs={self.every_epochs}, factor={self.factor}. Give for example 10 and 0.1."
            )


@dataclass(frozen=True, kw_only=True)
class Cosine(_Warmup):
    """Falls along half a cosine from the base rate to `alpha` times it, ending with the last step."""

    alpha: float = 0.0
    kind: Literal["cosine"] = "cosine"


Schedule = Constant | Step | Cosine
