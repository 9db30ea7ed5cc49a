"""C1: a training that is called after an optimizer which it does not use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked
from classlab.records.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "C1"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Looks for another optimizer's name among the words of the label."""
    if not case.label or not case.optimizer:
        return Unchecked(rule=RULE, reason="the training has no name of its own")
    named = named_optimizer(case.label, used=case.optimizer)
    if named is None:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INVALID",
        kind="fact",
        text=f"{case.label!r} is called after {named}, but it was trained with {case.optimizer}.",
        evidence=(
            measured("optimizer in the name", named),
            measured("optimizer that was used", case.optimizer, named),
        ),
        causes=(
            Cause(
                rule=RULE,
                text="The name promises another optimizer than the one that was passed on.",
                remedy=f"Pass {named} on, or rename it.",
                change={"optimizer": named},
            ),
        ),
        limits="The name may mean something else by the word.",
        place=case.place,
    )


def named_optimizer(label: str, *, used: str) -> str | None:
    """The optimizer that a name speaks of, where it is not the one used.

    Example:
        >>> named_optimizer("RMSprop, 20 epochs", used="adam")
        'rmsprop'
    """
    words = set(re.findall(r"[a-z]+", label.lower()))
    others = sorted((words & set(OPTIMIZERS)) - {used})
    return others[0] if others and used not in words else None
