"""C10: one configuration, one seed, two results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES
from classlab.records.finding import Finding, Unchecked

if TYPE_CHECKING:
    from classlab.records.study import StudyRecord

RULE = "C10"
NAME = NAMES[RULE]


def check(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:  # noqa: ARG001 - one signature for all comparisons
    """A study trains a configuration and seed once; a second training would have to be compared."""
    return Unchecked(rule=RULE, reason="no configuration was trained twice from the same seed")
