"""Learning-rate schedules: factors on the optimizer's base rate, with lengths in epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.options import check
from classlab.options.words import ScheduleName
from classlab.records.base import Record


@dataclass(frozen=True, kw_only=True)
class _Warmup(Record):
    """Args: warmup_epochs: the rate rises linearly from 0 over this many epochs first."""

    warmup_epochs: float = 0.0

    def __post_init__(self) -> None:
        check("warmup_epochs", self.warmup_epochs)


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
        check("step_epochs", self.every_epochs, called="every_epochs")
        check("step_factor", self.factor, called="factor")


@dataclass(frozen=True, kw_only=True)
class Cosine(_Warmup):
    """Falls along half a cosine from the base rate to `alpha` times it, ending with the last step."""

    alpha: float = 0.0
    kind: Literal["cosine"] = "cosine"


Schedule = Constant | Step | Cosine

SCHEDULES: dict[ScheduleName, type[Schedule]] = {"constant": Constant, "step": Step, "cosine": Cosine}
