"""I1: the run stands at chance level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of, why_unknown
from classlab.doctor.wording import measured
from classlab.records.finding import Evidence, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I1"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Compares loss and accuracy with those of knowing nothing, after enough steps to have left them."""
    learning = learning_of(case)
    if not learning.known:
        return Unchecked(rule=RULE, reason=why_unknown(case))
    if not learning.chance:
        return None
    long = learning.chance_epochs >= at.PLATEAU_EPOCHS or case.steps_done >= at.PLATEAU_STEPS
    # A loss that weights made small says nothing; the one that the doctor asked for does.
    loss = case.history["loss"][-1] if learning.chance_epochs else case.later_probes[-1].loss
    accuracy = case.accuracies[-1]
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL" if long else "WARN",
        kind="symptom",
        text=f"After {case.steps_done:,} steps the network knows nothing: loss {loss:.4g} "
        f"(ln {case.classes} = {case.chance_loss:.4g}), accuracy {accuracy:.3g}.",
        evidence=(
            measured("training loss", loss, f"well below {case.chance_loss:.4g}"),
            measured("training accuracy", accuracy, f"above {case.majority_share:.3g}"),
            measured("epochs in a row at chance level", learning.chance_epochs, "0"),
            *_answers(case),
        ),
        limits="A network with a small learning rate may stand there for a while and then move.",
        place=case.place,
    )


def _answers(case: Case) -> tuple[Evidence, ...]:
    if not case.later_probes or not case.later_probes[-1].predicted:
        return ()
    named = sum(count > 0 for count in case.later_probes[-1].predicted)
    return (measured("classes that are ever predicted", named, str(case.classes)),)
