"""Optimizer specifications: Keras's names, arguments and defaults (Keras 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from classlab.errors import SpecError
from classlab.records.base import CheckedRecord
from classlab.records.bounds import not_negative, positive, share

OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam"]
Rate = Annotated[float, positive(0.001, step="Values between 0.0001 and 0.1 are usual.")]
Decay = Annotated[float | None, not_negative(0.004)]
Clip = Annotated[float | None, positive(1.0, step="Leave it out.")]
Moment = Annotated[float, share(0.9)]  # of running averages; Keras takes 1 for none of them, and nothing would move
Small = Annotated[float, not_negative(1e-7)]


@dataclass(frozen=True, kw_only=True)
class _Common(CheckedRecord):
    """What every optimizer takes.

    Args:
        learning_rate: the base rate; a schedule multiplies it.
        weight_decay: decoupled decay, `w -= learning_rate * weight_decay * w` before each update.
        clipnorm: largest norm of one weight array's gradient.
        clipvalue: largest absolute value of a gradient's element.
        global_clipnorm: largest norm of all gradients together.
    """

    learning_rate: Rate = 0.001
    weight_decay: Decay = None
    clipnorm: Clip = None
    clipvalue: Clip = None
    global_clipnorm: Clip = None

    def __post_init__(self) -> None:
        super().__post_init__()
        chosen = [n for n in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, n) is not None]
        if len(chosen) > 1:
            raise SpecError(
                f"at most one way of gradient clipping may be given, but got {' and '.join(chosen)}. Keep one."
            )


@dataclass(frozen=True, kw_only=True)
class SGD(_Common):
    """Gradient descent, with momentum and Nesterov's variant."""

    learning_rate: Rate = 0.01
    momentum: Moment = 0.0
    nesterov: bool = False
    kind: Literal["sgd"] = "sgd"


@dataclass(frozen=True, kw_only=True)
class Adam(_Common):
    """Adam (Kingma & Ba, 2014)."""

    beta_1: Moment = 0.9
    beta_2: Moment = 0.999
    epsilon: Small = 1e-7
    kind: Literal["adam"] = "adam"


@dataclass(frozen=True, kw_only=True)
class AdamW(_Common):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019)."""

    weight_decay: Decay = 0.004
    beta_1: Moment = 0.9
    beta_2: Moment = 0.999
    epsilon: Small = 1e-7
    kind: Literal["adamw"] = "adamw"


@dataclass(frozen=True, kw_only=True)
class RMSprop(_Common):
    """RMSprop (Tieleman & Hinton, 2012), optionally centred or with momentum."""

    rho: Moment = 0.9
    momentum: Moment = 0.0
    epsilon: Small = 1e-7
    centered: bool = False
    kind: Literal["rmsprop"] = "rmsprop"


@dataclass(frozen=True, kw_only=True)
class Adagrad(_Common):
    """Adagrad (Duchi et al., 2011)."""

    initial_accumulator_value: Small = 0.1
    epsilon: Small = 1e-7
    kind: Literal["adagrad"] = "adagrad"


@dataclass(frozen=True, kw_only=True)
class Nadam(_Common):
    """Adam with Nesterov momentum (Dozat, 2015)."""

    beta_1: Moment = 0.9
    beta_2: Moment = 0.999
    epsilon: Small = 1e-7
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
