"""B9: answers or a loss that mix up the images of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Evidence, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B9"
NAME = NAMES[RULE]
_AXIS = "The last axis is that of the classes: sum, and apply softmax, along axis=-1."


def check(case: Case) -> Finding | Unchecked | None:
    """Asks about an image beside one other and among many, and looks at how many numbers the loss gives for a batch."""
    if case.mixing is not None and case.mixing > at.MIXED:
        return _finding(
            case,
            "FAIL",
            "What the network says of an image depends on the other images of its batch, in evaluation too.",
            measured("change of an answer beside one other image, over the largest answer", case.mixing, "0"),
            Cause(rule=RULE, text="A function of the network, such as a softmax, runs along the images.", remedy=_AXIS),
        )
    if case.loss_mixes:
        return _of_loss(case)
    if case.mixing is None:
        return Unchecked(rule=RULE, reason=case.why_missing("probes", "the network was not asked about an image twice"))
    return None


def _of_loss(case: Case) -> Finding:
    severity: Severity = "FAIL" if learning_of(case).fails else "WARN"
    if case.loss_mixes == "classes":
        return _finding(
            case,
            severity,
            "The loss gives one number per class rather than one per image, so it adds up over the images of a batch.",
            measured("what the loss of a batch has one number for", "each class", "each image"),
            Cause(rule=RULE, text="The loss is summed along the images.", remedy=_AXIS),
        )
    if case.loss_mixes == "batch":
        return _finding(
            case,
            severity,
            "What the loss says of an image depends on the other images of its batch.",
            measured("loss of a batch whose images are all given twice", "another one", "the same"),
            Cause(
                rule=RULE, text="A function within the loss, such as a softmax, runs along the images.", remedy=_AXIS
            ),
        )
    return _finding(
        case,
        severity,
        "The loss of twice as many images is twice as large, so steps grow with the batch.",
        measured("what the loss of a batch is", "a sum over its images", "a mean over them"),
        Cause(
            rule=RULE,
            text="The loss is summed over the images of a batch.",
            remedy="Give one number per image, or the mean over them, and set the learning rate for that.",
        ),
    )


def _finding(case: Case, severity: Severity, text: str, evidence: Evidence, cause: Cause) -> Finding:
    return Finding(
        rule=RULE,
        name=NAME,
        severity=severity,
        kind="fact",
        text=text,
        evidence=(evidence,),
        causes=(cause,),
        limits="A network that compares images with each other on purpose looks the same.",
        place=case.place,
    )
