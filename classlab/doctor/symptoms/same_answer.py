"""I9: a network that says the same of every image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.records.diagnostics import Probe

RULE = "I9"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Measures how the last layer's outputs vary over the probe images, on two probes in a row."""
    recent = case.later_probes[-2:]
    if not recent or not recent[-1].layers or recent[-1].layers[-1].output_spread is None:
        return Unchecked(rule=RULE, reason=case.why_missing("probes", "the network's answers were not measured"))
    if not learning_of(case).fails or not all(_same(probe) for probe in recent):
        return None
    spread = recent[-1].layers[-1].output_spread
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="symptom",
        text=f"The network gives all probe images the same answer: its outputs vary by {spread:.1g} between images.",
        evidence=(
            measured("deviation of the outputs between images", float(spread or 0.0), "0.1 and more"),
            measured("classes that are ever predicted", sum(count > 0 for count in recent[-1].predicted)),
        ),
        place=case.place,
    )


def _same(probe: Probe) -> bool:
    spread = probe.layers[-1].output_spread if probe.layers else None
    return spread is not None and spread < at.SAME_ANSWER and sum(count > 0 for count in probe.predicted) == 1
