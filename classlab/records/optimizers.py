"""Optimizer specifications: Keras's names, arguments and defaults (Keras 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from classlab.options import CLIPS, OPTIMIZER_SETTINGS, refuse_several
from classlab.options.words import OptimizerName
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Asked, not_negative, share

Setting = Annotated[float | None, Asked()]
Moment = Annotated[float, share(0.9)]  # of running averages; Keras takes 1 for none of them, and nothing would move
Small = Annotated[float, not_negative(1e-7)]


@dataclass(frozen=True, kw_only=True)
class _Common(CheckedRecord):
    """What every optimizer takes; what each setting means stands in the table of options.

    A schedule multiplies `learning_rate`. Weight decay is decoupled: `w -= learning_rate * weight_decay * w` before
    each update.
    """

    learning_rate: Annotated[float, Asked()] = 0.001
    weight_decay: Setting = None
    clipnorm: Setting = None
    clipvalue: Setting = None
    global_clipnorm: Setting = None

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_several({name: getattr(self, name) for name in OPTIMIZER_SETTINGS if hasattr(self, name)})

    @property
    def clips(self) -> dict[str, float]:
        """The limits of the gradients that are set, by name; one at most."""
        limits = {name: getattr(self, name) for name in CLIPS}
        return {name: limit for name, limit in limits.items() if limit is not None}


@dataclass(frozen=True, kw_only=True)
class SGD(_Common):
    """Gradient descent, with momentum and Nesterov's variant."""

    learning_rate: Annotated[float, Asked()] = 0.01
    momentum: Annotated[float, Asked()] = 0.0
    nesterov: Annotated[bool, Asked()] = False
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

    weight_decay: Setting = 0.004
    beta_1: Moment = 0.9
    beta_2: Moment = 0.999
    epsilon: Small = 1e-7
    kind: Literal["adamw"] = "adamw"


@dataclass(frozen=True, kw_only=True)
class RMSprop(_Common):
    """RMSprop (Tieleman & Hinton, 2012), optionally centred or with momentum."""

    rho: Moment = 0.9
    momentum: Annotated[float, Asked()] = 0.0
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


def further_rates(rate: float, before: float, *, usual: float | None) -> tuple[float, float]:
    """Two learning rates beyond a remedy's, for where it did not go far enough: as much again, and further still.

    Args:
        rate: the remedy's.
        before: the one that it changed.
        usual: the optimizer's default, which comes last where it lies further away in the same direction.

    Example:
        >>> further_rates(0.1, 1.0, usual=None), further_rates(1e5, 1e6, usual=0.01)
        ((0.01, 0.001), (10000.0, 0.01))
    """
    factor = rate / before
    last = rate * factor**2 if usual is None else (min if factor < 1 else max)(rate * factor**2, usual)
    return float(f"{rate * factor:.6g}"), float(f"{last:.6g}")
