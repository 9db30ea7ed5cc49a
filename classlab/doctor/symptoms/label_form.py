"""B5: one-hot labels for a loss of single numbers, or the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES, cause
from classlab.doctor.wording import measured
from classlab.records.finding import Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B5"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the labels' rank with what the loss takes."""
    if case.labels is None or "categorical_crossentropy" not in case.loss:
        return Unchecked(rule=RULE, reason=case.why_missing("labels", "the loss takes labels of either form"))
    sparse = case.loss.startswith("sparse")
    if case.labels.one_hot != sparse or case.labels_converted:
        return None
    have, wants = ("one-hot rows", "one number per image") if sparse else ("one number per image", "one-hot rows")
    other = "categorical_crossentropy" if sparse else "sparse_categorical_crossentropy"
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="fact",
        text=f"The labels are {have}, but the loss {case.loss} takes {wants}.",
        evidence=(measured("form of the labels", have, wants),),
        causes=(cause("B5", {"loss": other}, other=other),),
        place=case.place,
    )
