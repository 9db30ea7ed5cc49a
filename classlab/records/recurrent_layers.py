"""Layers that read their values step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from classlab.options.words import ActivationName
from classlab.records.bounds import size
from classlab.records.layer_base import LayerRecord
from classlab.records.weight_rules import GLOROT_UNIFORM, ORTHOGONAL, ZEROS, Initializer, Regularizer


@dataclass(frozen=True, kw_only=True)
class LSTM(LayerRecord):
    """Long short-term memory over `(steps, features)`, with tanh and sigmoid gates; gives its last state, or each one.

    The kernel is `(features, 4 units)`, the recurrent kernel `(units, 4 units)`: input, forget, cell, output.
    """

    units: Annotated[int, size(64)]
    return_sequences: bool = False
    go_backwards: bool = False
    use_bias: bool = True
    unit_forget_bias: bool = True
    kernel_initializer: Initializer = GLOROT_UNIFORM
    recurrent_initializer: Initializer = ORTHOGONAL
    bias_initializer: Initializer = ZEROS
    kernel_regularizer: Regularizer | None = None
    recurrent_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    activation: ClassVar[ActivationName] = "tanh"
    kind: Literal["LSTM"] = "LSTM"


@dataclass(frozen=True, kw_only=True)
class GRU(LayerRecord):
    """A gated recurrent unit over `(steps, features)`, with Keras's `reset_after=True`; gives its last state, or each.

    The kernel is `(features, 3 units)`, the recurrent kernel `(units, 3 units)`, the bias `(2, 3 units)`: update,
    reset, candidate.
    """

    units: Annotated[int, size(64)]
    return_sequences: bool = False
    go_backwards: bool = False
    use_bias: bool = True
    kernel_initializer: Initializer = GLOROT_UNIFORM
    recurrent_initializer: Initializer = ORTHOGONAL
    bias_initializer: Initializer = ZEROS
    kernel_regularizer: Regularizer | None = None
    recurrent_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    activation: ClassVar[ActivationName] = "tanh"
    kind: Literal["GRU"] = "GRU"
