"""What is said of a training's arithmetic before it begins: what `auto` chose, or what it would gain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.models.arithmetic import gains_from_half_precision
from classlab.training.process.processor import multiplies_bfloat16, on_processor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.options.words import DeviceName
    from classlab.records import RunSpec


def arithmetic_word(specs: Sequence[RunSpec], device: DeviceName) -> str | None:
    """One sentence; None where bfloat16 is nothing for these networks, or for this processor.

    Args:
        specs: the runs.
        device: where they train.
    """
    able = [spec for spec in specs if gains_from_half_precision(spec.architecture)]
    if not able or not on_processor(device) or not multiplies_bfloat16():
        return None
    if any(spec.precision == "auto" for spec in able):
        return (
            "Convolutions and recurrent layers are computed in bfloat16, which this processor multiplies natively; "
            "`precision` float32 computes them in float32."
        )
    if any(spec.precision == "float32" for spec in able):
        return (
            "This processor multiplies bfloat16 natively: with `precision` auto, convolutions and recurrent layers "
            "would take less time."
        )
    return None
