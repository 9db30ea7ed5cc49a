"""Optimizer specifications: Keras's names, arguments and defaults (Keras 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.errors import SpecError
from classlab.records.base import Record

OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam"]


@dataclass(frozen=True, kw_only=True)
class _Common(Record):
    """What every optimizer takes.

    Args:
        learning_rate: the base rate; a schedule multiplies it.
        weight_decay: decoupled decay, `w -= learning_rate * weight_decay * w` before each update.
        clipnorm: largest norm of one weight array's gradient.
        clipvalue: largest absolute value of a gradient's element.
        global_clipnorm: largest norm of all gradients together.
    """

    learning_rate: float = 0.001
    weight_decay: float | None = None
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.learning_rate < float("inf"):
            raise SpecError(
                f"`learning_rate` must be positive and finite, but got learning_rate={self.learning_rate}. "
                "Values between 0.0001 and 0.1 are usual."
            )
        chosen = [n for n in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, n) is not None]
        if len(chosen) > 1:
            raise SpecError(
                f"at most one way of gradient clipping may be given, but got {' and '.join(chosen)}. Keep one."
            )
        for name in chosen:
            if not getattr(self, name) > 0:
                raise SpecError(f"`{name}` must be positive, but got {name}={getattr(self, name)}. Leave it out.")


@dataclass(frozen=True, kw_only=True)
class SGD(_Common):
    """Gradient descent, with momentum and Nesterov's variant."""

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    kind: Literal["sgd"] = "sgd"


@dataclass(frozen=True, kw_only=True)
class Adam(_Common):
    """Adam (Kingma & Ba, 2014)."""

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    kind: Literal["adam"] = "adam"


@dataclass(frozen=True, kw_only=True)
class AdamW(_Common):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019)."""

    weight_decay: float | None = 0.004
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    kind: Literal["adamw"] = "adamw"


@dataclass(frozen=True, kw_only=True)
class RMSprop(_Common):
    """RMSprop (Tieleman & Hinton, 2012), optionally centred or with momentum."""

    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False
    kind: Literal["rmsprop"] = "rmsprop"


@dataclass(frozen=True, kw_only=True)
class Adagrad(_Common):
    """Adagrad (Duchi et al., 2011)."""

    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7
    kind: Literal["adagrad"] = "adagrad"


@dataclass(frozen=True, kw_only=True)
class Nadam(_Common):
    """Adam with Nesterov momentum (Dozat, 2015)."""

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    kind: Literal["nadam"] = "nadam"


Optimizer = SGD | Adam | AdamW | RMSprop | Adagrad | Nadam

OPTIMIZERS: dict[OptimizerName, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
    "rmsprop": RMSprop,
    "adagrad": Adagrad,
    "nadam": Nadam,
}
