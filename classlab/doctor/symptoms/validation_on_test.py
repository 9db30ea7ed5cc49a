"""C3: the test images used as validation images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "C3"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="The test images were looked at after every epoch.",
    remedy="Set a share of the training images aside for validation, and open the test images once.",
    change={"validation": 0.1},
)


def check(case: Case) -> Finding | Unchecked | None:
    """A fact of the division; whether something was chosen by it is another question."""
    if not case.validation_is_test:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="WARN",
        kind="fact",
        text="The validation images are the test images, so every choice made during training was made on them.",
        evidence=(measured("validation images", "test images", "training images set aside"),),
        causes=(CAUSE,),
        limits="A single training that nothing was chosen by still has an honest test figure.",
        place=case.place,
    )
