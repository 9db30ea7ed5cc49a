"""A5: labels that the head has no unit for, or that are no labels at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case, LabelFacts

RULE = "A5"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the labels' values with the width of the head."""
    if case.labels is None:
        return Unchecked(rule=RULE, reason=case.why_missing("labels", "the labels were not seen"))
    head = case.head
    wrong = _wrong(case.labels, None if head is None else head.width)
    if wrong is None:
        return _from_one(case, case.labels)
    text, remedy = wrong
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="fact",
        text=text,
        evidence=(
            measured("smallest label", case.labels.minimum, "0"),
            measured("largest label", case.labels.maximum, "one less than the number of classes"),
        ),
        causes=(Cause(rule=RULE, text="The labels do not say which of the head's units is right.", remedy=remedy),),
        place=case.place,
    )


def _from_one(case: Case, labels: LabelFacts) -> Finding | None:
    """Labels that begin above 0, in a head that has a unit to spare for it."""
    if labels.one_hot or labels.minimum < 1 or not case.epochs_done:
        return None
    return Finding(
        rule=RULE,
        name="no-label-0",
        severity="INFO",
        kind="fact",
        text=f"The smallest label is {labels.minimum:g}, so the units of the last layer before it are never right.",
        evidence=(measured("smallest label", labels.minimum, "0"),),
        causes=(
            Cause(
                rule=RULE, text="The classes are not numbered from 0.", remedy="Number the classes from 0, as in y - 1."
            ),
        ),
        place=case.place,
    )


def _wrong(labels: LabelFacts, width: int | None) -> tuple[str, str] | None:
    if labels.one_hot:
        if labels.rows_sum_to_one and labels.minimum >= 0:
            return None
        return (
            "The rows of one-hot labels do not sum to 1, so they are no shares of classes.",
            "Make them anew with keras.utils.to_categorical.",
        )
    if not labels.whole:
        return (
            f"The labels are not whole numbers; they run from {labels.minimum:.3g} to {labels.maximum:.3g}, as if they "
            "had been scaled like pixels.",
            "Leave the labels as whole numbers from 0; only images are scaled.",
        )
    if labels.minimum < 0:
        return ("There are labels below 0.", "Number the classes from 0.")
    if width == 1 and labels.maximum > 1:
        return (
            f"The labels go up to {labels.maximum:g}, but the last layer has one unit, which tells two classes apart.",
            f"End the network in Dense({labels.maximum + 1:g}, activation='softmax').",
        )
    if width is not None and width > 1 and labels.maximum >= width:
        return (
            f"The labels go up to {labels.maximum:g}, but the last layer has {width} units, one for each label up to "
            f"{width - 1}.",
            f"Give the last layer {labels.maximum + 1:g} units, or number the classes from 0.",
        )
    return None
