"""B3: a last layer that has not one unit per class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES, cause
from classlab.doctor.wording import measured
from classlab.records.finding import Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B3"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the last layer's width with the number of classes."""
    head = case.head
    if head is None or head.width is None:
        return Unchecked(rule=RULE, reason="the width of the last layer is not known")
    if head.width == 1 and "softmax" in case.head_activations:
        return _finding(case, "The last layer has one unit behind softmax, which is 1 whatever the image.", head.width)
    enough = head.width == case.classes or (head.width == 1 and case.classes == 2)
    if enough or case.labels is None:
        return None
    text = f"The last layer has {head.width} units for {case.classes} classes."
    if head.width < case.classes:
        return _finding(case, text, head.width)
    # Units that no label names only cost a little: they learn to stay silent.
    return _finding(case, text, head.width, severity="WARN")


def _finding(case: Case, text: str, width: int, *, severity: Severity = "FAIL") -> Finding:
    one_unit = ", or in one unit behind sigmoid with binary cross-entropy" if case.classes == 2 else ""
    return Finding(
        rule=RULE,
        name=NAME,
        severity=severity,
        kind="fact",
        text=text,
        evidence=(measured("units of the last layer", width, f"{case.classes}, one per class"),),
        causes=(cause("B3", {"head_units": case.classes}, classes=case.classes, or_one_unit=one_unit),),
        place=case.place,
    )
