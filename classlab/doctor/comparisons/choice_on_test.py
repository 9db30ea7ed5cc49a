"""C4: arms that are chosen between on the test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Place, Unchecked

if TYPE_CHECKING:
    from classlab.records.study import StudyRecord

RULE = "C4"
NAME = NAMES[RULE]


def check(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
    """Ranking is by validation figures; where those are of the test images, the choice is made on them."""
    arms = study.spec.arms
    on_test = [arm for arm in arms if arm.spec.data.validation == "test"]
    stopping = [arm for arm in on_test if arm.spec.early_stopping is not None]
    if not on_test or (len(arms) < 2 and not stopping):
        return ()
    looks = len(arms)
    return (
        Finding(
            rule=RULE,
            name=NAME,
            severity="INVALID",
            kind="fact",
            text=f"{looks} arms are ranked on the test images, so the first one's test figure is the luckiest of "
            f"{looks}."
            if looks > 1
            else "The number of epochs is chosen on the test images, so the test figure is that of the luckiest epoch.",
            evidence=(
                measured("configurations compared on test images", looks, "1"),
                measured("arms whose early stopping watches test images", len(stopping), "0"),
            ),
            causes=(
                Cause(
                    rule=RULE,
                    text="The images that choose are the images that are to judge.",
                    remedy="Set validation images aside from the training images; open the test images at the end.",
                    change={"validation": 0.1},
                ),
            ),
            place=Place(arm=on_test[0].name),
        ),
    )
