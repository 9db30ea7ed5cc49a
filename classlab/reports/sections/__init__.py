"""The sections of a report, each built from numbers and usable in reports of other kinds."""

from classlab.reports.sections.calibration import calibration_section
from classlab.reports.sections.curves import curves_section
from classlab.reports.sections.data import data_section
from classlab.reports.sections.environment import environment_section
from classlab.reports.sections.errors import errors_section
from classlab.reports.sections.findings import diagnosis_section, findings_section
from classlab.reports.sections.gap import gap_section
from classlab.reports.sections.glossary import glossary_section
from classlab.reports.sections.ledger import ledger_section
from classlab.reports.sections.pairs import pairs_section
from classlab.reports.sections.ranking import ranking_section, ranking_table
from classlab.reports.sections.seeds import seeds_section
from classlab.reports.sections.settings import settings_section
from classlab.reports.sections.settings_effect import settings_effect_section
from classlab.reports.sections.verdict import notice_callout, verdict_callout

__all__ = [
    "calibration_section",
    "curves_section",
    "data_section",
    "diagnosis_section",
    "environment_section",
    "errors_section",
    "findings_section",
    "gap_section",
    "glossary_section",
    "ledger_section",
    "notice_callout",
    "pairs_section",
    "ranking_section",
    "ranking_table",
    "seeds_section",
    "settings_effect_section",
    "settings_section",
    "verdict_callout",
]
