"""I8: whether the network can fit one batch, which takes a training of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES
from classlab.records.finding import Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I8"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:  # noqa: ARG001 - one signature for all symptoms
    """Never decided from a record."""
    return Unchecked(rule=RULE, reason="fitting one batch takes a training of its own")
