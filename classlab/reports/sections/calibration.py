"""Whether the probabilities mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.document import Paragraph, Section
from classlab.reports.figures.reliability import reliability_figure
from classlab.reports.sentences import calibration_sentence
from classlab.statistics import calibration

if TYPE_CHECKING:
    from classlab.reports.evidence import Evidence


def calibration_section(evidence: Evidence) -> Section | None:
    """Calibration of the network whose predictions are shown; None where it gives no probabilities."""
    shown = evidence.shown_run()
    if shown is None or not shown[1].are_distributions():
        return None
    label, predictions = shown
    found = calibration(predictions.probabilities, predictions.labels)
    said = Paragraph(text=f"{label}: {calibration_sentence(found)}")
    return Section(title="How sure it is", blocks=(said, reliability_figure(found)))
