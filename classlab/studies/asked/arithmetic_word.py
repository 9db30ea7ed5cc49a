"""What is said of a training's arithmetic before it begins: what `auto` chose, or what it would gain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.models.arithmetic import gains_from_half_precision, layer_kinds
from classlab.records.layers import GRU, LSTM
from classlab.training.kernels.recognition import settled_precision
from classlab.training.process.processor import auto_is_bfloat16, on_processor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.options.words import DeviceName
    from classlab.records import RunSpec


def arithmetic_word(specs: Sequence[RunSpec], device: DeviceName) -> str | None:
    """One sentence; None where bfloat16 is nothing for these networks, or not to be had here.

    Args:
        specs: the runs.
        device: where they train.
    """
    able = [
        spec
        for spec in specs
        if gains_from_half_precision(spec.architecture)
        and settled_precision(replace(spec, precision="auto"), device) == "auto"
    ]
    if not able or not on_processor(device) or not auto_is_bfloat16():
        return None
    if any(spec.precision == "auto" for spec in able):
        return f"{_layers(able).capitalize()} are computed in bfloat16, which this processor multiplies natively."
    if any(spec.precision == "float32" for spec in able):
        return f"This processor multiplies bfloat16 natively: `precision` auto computes {_layers(able)} in it."
    return None


def _layers(specs: Sequence[RunSpec]) -> str:
    """What bfloat16 is for in these networks."""
    kinds = {kind for spec in specs for kind in layer_kinds(spec.architecture)}
    recurrent = bool(kinds & {LSTM.kind, GRU.kind})
    convolving = any("Conv" in kind for kind in kinds)
    return " and ".join(["convolutions"] * convolving + ["recurrent layers"] * recurrent)
