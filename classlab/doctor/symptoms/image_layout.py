"""A9: images whose axes are not height, width, channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "A9"
NAME = NAMES[RULE]
_CHANNELS = (1, 3, 4)
CAUSE = Cause(
    rule=RULE,
    text="The channels stand first, so that convolutions slide over channels and one axis of the picture.",
    remedy="Move the axis with np.transpose(images, (0, 2, 3, 1)); a reshape would mix up the pixels.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Looks at the shape, where convolutions care about it."""
    if len(case.input_shape) != 3:
        return Unchecked(rule=RULE, reason="the input has not three axes")
    first, _, last = case.input_shape
    if first not in _CHANNELS or last in _CHANNELS or not any("Conv" in layer.kind for layer in case.layers):
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="WARN",
        kind="fact",
        text=f"The images have the shape {case.input_shape}; height, width and channels are expected in this order.",
        evidence=(measured("last axis", last, "1, 3 or 4 channels"),),
        causes=(CAUSE,),
        limits=f"Pictures with {last} channels and a height of {first} would be right.",
        place=case.place,
    )
