"""What a layer's weights start from and are penalized by, in Keras's words and with Keras's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from classlab.records.base import CheckedRecord
from classlab.records.bounds import FINITE, not_negative

InitializerName = Literal[
    "zeros",
    "ones",
    "constant",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
]
Finite = Annotated[float, FINITE]
Penalty = Annotated[float, not_negative(1e-4)]


@dataclass(frozen=True, kw_only=True)
class Initializer(CheckedRecord):
    """How a weight starts. The numbers are used by the initialisers that Keras gives them to.

    Args:
        name: Keras's name.
        value: the value of `constant`.
        mean: centre of `random_normal` and `truncated_normal`.
        stddev: spread of `random_normal` and `truncated_normal`.
        minval: lower bound of `random_uniform`.
        maxval: upper bound of `random_uniform`.
    """

    name: InitializerName = "glorot_uniform"
    value: Finite = 0.0
    mean: Finite = 0.0
    stddev: Finite = 0.05
    minval: Finite = -0.05
    maxval: Finite = 0.05


@dataclass(frozen=True, kw_only=True)
class Regularizer(CheckedRecord):
    """Penalty `l1 * sum|w| + l2 * sum w^2` that is added to the loss, as in `keras.regularizers.L1L2`."""

    _owner: ClassVar[str] = "a regularizer's "

    l1: Penalty = 0.0
    l2: Penalty = 0.0


ZEROS = Initializer(name="zeros")
ONES = Initializer(name="ones")
GLOROT_UNIFORM = Initializer(name="glorot_uniform")
ORTHOGONAL = Initializer(name="orthogonal")
