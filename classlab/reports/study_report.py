"""The report of a study: verdict first, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.reports.document import Document, Section
from classlab.reports.sections.curves import curves_section, gap_section
from classlab.reports.sections.errors import calibration_section, data_section, errors_section
from classlab.reports.sections.findings import findings_section
from classlab.reports.sections.inside import inside_section
from classlab.reports.sections.provenance import environment_section, glossary_section, ledger_section
from classlab.reports.sections.ranking import notice_callout, pairs_section, ranking_section, verdict_callout
from classlab.reports.sections.seeds import seeds_section
from classlab.reports.sections.settings import settings_section
from classlab.reports.sections.settings_effect import settings_effect_section

if TYPE_CHECKING:
    from classlab.reports.evidence import Evidence


def study_document(
    evidence: Evidence, *, rows: int = 3, columns: int = 5, seed: int = 0, pairs: bool = False
) -> Document:
    """Puts a study's report together.

    Args:
        evidence: record, numbers, predictions and images.
        rows: of the grid of random test images.
        columns: of it.
        seed: decides which images are shown.
        pairs: show every two arms compared as well.

    Raises:
        SpecError: the grid has no cell, or more than fit a page.
    """
    study, analysis = evidence.study, evidence.analysis
    notice = notice_callout(analysis, missing=evidence.missing)
    sections: tuple[Section | None, ...] = (
        ranking_section(analysis) if len(analysis.arms) > 1 else None,
        pairs_section(study) if pairs and len(analysis.arms) > 1 else None,
        findings_section(study),
        settings_effect_section(analysis),
        curves_section(study, order=analysis.order, candidates=analysis.candidates),
        gap_section(analysis),
        errors_section(evidence, rows=rows, columns=columns, seed=seed),
        calibration_section(evidence),
        inside_section(evidence.look, study.runs[0]),
        data_section(evidence, seed=seed),
        seeds_section(study, order=analysis.order),
        settings_section(study),
        ledger_section(study, counted_at=evidence.counted),
        environment_section(study),
        glossary_section(),
    )
    return Document(
        title=study.spec.name,
        subtitle=_subtitle(evidence),
        opening=(*((notice,) if notice else ()), verdict_callout(analysis, picture="ranking")),
        sections=tuple(section for section in sections if section is not None),
        footer=f"Made by classlab {study.runs[0].environment.classlab} from a study finished {study.created}.",
    )


def _subtitle(evidence: Evidence) -> str:
    analysis = evidence.analysis
    seeds = counted(len(analysis.seeds), "seed")
    size = seeds if len(analysis.arms) == 1 else f"{counted(len(analysis.arms), 'arm')}, {seeds} each"
    return f"{analysis.question} {size}, on {analysis.dataset}.".strip()
