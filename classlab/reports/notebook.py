"""A study in a notebook: verdict, ranking and curves as a fragment of HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.document import Block, Section
from classlab.reports.html import section_html
from classlab.reports.sections import curves_section, notice_callout, ranking_section, verdict_callout

if TYPE_CHECKING:
    from classlab.reports.evidence import Evidence


def study_html(evidence: Evidence) -> str:
    """What a study shows of itself as the last line of a notebook's cell.

    Args:
        evidence: record and numbers are enough.

    Returns:
        A fragment of HTML with every name escaped and without scripts.
    """
    study, analysis = evidence.study, evidence.analysis
    notice = notice_callout(analysis)
    blocks: list[Block] = [*((notice,) if notice else ()), verdict_callout(analysis)]
    if len(analysis.arms) > 1:
        blocks.append(ranking_section(analysis))
    blocks.append(curves_section(study, order=analysis.order, candidates=analysis.candidates))
    return section_html(Section(title=study.spec.name, blocks=tuple(blocks)), heading=3)
