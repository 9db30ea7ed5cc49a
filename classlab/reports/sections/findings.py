"""What the doctor says: findings with their evidence and causes, what was checked, and what could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.diagnose import diagnose_study
from classlab.reports.document import Block, Bullets, Paragraph, Section, Table
from classlab.reports.numbers import MISSING, counted

if TYPE_CHECKING:
    from classlab.records import StudyRecord
    from classlab.records.finding import Diagnosis, Finding

_SHOWN = 12  # findings that are told in full; the rest is counted


def findings_section(study: StudyRecord) -> Section:
    """Examines the study and its runs."""
    return diagnosis_section(diagnose_study(study))


def diagnosis_section(diagnosis: Diagnosis) -> Section:
    """A diagnosis as a section: what is above INFO in full, remarks as a table, and the checks that were made."""
    grave = [finding for finding in diagnosis.findings if finding.severity != "INFO"]
    remarks = [finding for finding in diagnosis.findings if finding.severity == "INFO"]
    blocks: list[Block] = []
    if grave:
        blocks += [_finding(finding) for finding in grave[:_SHOWN]]
    else:
        blocks.append(Paragraph(text="Nothing was found that makes a figure unusable or keeps a run from learning."))
    if len(grave) > _SHOWN:
        blocks.append(Paragraph(text=f"{counted(len(grave) - _SHOWN, 'further finding')}: see classlab doctor."))
    if remarks:
        blocks.append(_remarks(remarks))
    return Section(title="Findings", blocks=(*blocks, *_checks(diagnosis)))


def _finding(finding: Finding) -> Section:
    kind = "a fact" if finding.kind == "fact" else "a symptom"
    evidence = tuple(
        f"{each.name}: {each.found}" + (f" (expected {each.expected})" if each.expected else "")
        for each in finding.evidence
    )
    causes = tuple(
        f"{'Likeliest cause' if place == 0 else 'Or'}: {cause.text} Remedy: {cause.remedy}"
        for place, cause in enumerate(finding.causes)
    )
    limits = (Paragraph(text=f"Limits: {finding.limits}"),) if finding.limits else ()
    where = _where(finding)
    return Section(
        title=f"{finding.severity}: {finding.name.replace('-', ' ')} ({finding.rule}, {kind})",
        blocks=(
            Paragraph(text=finding.text + (f" Where: {where}." if where else "")),
            *((Bullets(items=(*evidence, *causes)),) if evidence or causes else ()),
            *limits,
        ),
    )


def _where(finding: Finding) -> str:
    """Arms with their seeds, as in `sgd 0.1 (seeds 0, 1)`."""
    by_arm: dict[str, list[str]] = {}
    for place in (finding.place, *finding.also):
        if place.arm:
            seeds = by_arm.setdefault(place.arm, [])
            seeds += [str(place.seed)] if place.seed is not None and str(place.seed) not in seeds else []
    parts = [
        f"{arm} ({'seed' if len(seeds) == 1 else 'seeds'} {', '.join(seeds)})" if seeds else arm
        for arm, seeds in by_arm.items()
    ]
    return "; ".join(parts)


def _remarks(findings: list[Finding]) -> Table:
    return Table(
        caption="Remarks: nothing that spoils a figure",
        header=("check", "remark", "where"),
        rows=tuple((f"{each.rule} {each.name}", each.text, _where(each) or MISSING) for each in findings),
        words=(0, 1, 2),
    )


def _checks(diagnosis: Diagnosis) -> tuple[Block, ...]:
    made = f"{counted(len(diagnosis.checked), 'check')} made: {', '.join(diagnosis.checked) or 'none'}."
    if not diagnosis.unchecked:
        return (Paragraph(text=made),)
    by_reason: dict[str, list[str]] = {}
    for each in diagnosis.unchecked:
        by_reason.setdefault(each.reason, []).append(each.rule)
    left = tuple(f"{', '.join(rules)}: {reason}." for reason, rules in by_reason.items())
    return (Paragraph(text=f"{made} These could not be made:"), Bullets(items=left))
