"""Learning-rate schedules: factors on the optimizer's base rate, with lengths in epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from classlab.options.words import ScheduleName
from classlab.records.base import CheckedRecord
from classlab.records.bounds import FINITE, Asked


@dataclass(frozen=True, kw_only=True)
class _Warmup(CheckedRecord):
    """Args: warmup_epochs: the rate rises linearly from 0 over this many epochs first."""

    warmup_epochs: Annotated[float, Asked()] = 0.0


@dataclass(frozen=True, kw_only=True)
class Constant(_Warmup):
    """The base rate throughout."""

    kind: Literal["constant"] = "constant"


@dataclass(frozen=True, kw_only=True)
class Step(_Warmup):
    """Multiplied by `factor` after every `every_epochs` epochs (Keras's staircase `ExponentialDecay`)."""

    every_epochs: Annotated[float, Asked("step_epochs")] = 10.0
    factor: Annotated[float, Asked("step_factor")] = 0.1
    kind: Literal["step"] = "step"


@dataclass(frozen=True, kw_only=True)
class Cosine(_Warmup):
    """Falls along half a cosine from the base rate to `alpha` times it, ending with the last step."""

    alpha: Annotated[float, FINITE] = 0.0
    kind: Literal["cosine"] = "cosine"


Schedule = Constant | Step | Cosine

SCHEDULES: dict[ScheduleName, type[Schedule]] = {"constant": Constant, "step": Step, "cosine": Cosine}
