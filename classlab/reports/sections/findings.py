"""What the doctor says: findings with their evidence and causes, what was checked, and what could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted
from classlab.doctor.diagnose import diagnose_study
from classlab.doctor.merging import NAMED, arms_in_words, arms_of, merge_alike, seeds_by_arm
from classlab.doctor.wording import written
from classlab.reports.document import Block, Bullets, Folded, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import StudyRecord
    from classlab.records.finding import Diagnosis, Finding

_SHOWN = 12  # groups of findings that are told in full; the rest is counted


def findings_section(study: StudyRecord) -> Section:
    """Examines the study and its runs."""
    return diagnosis_section(diagnose_study(study))


def diagnosis_section(diagnosis: Diagnosis) -> Section:
    """A diagnosis as a section: what is above INFO in full, remarks as a table, and the checks that were made.

    Findings of one kind on several arms are told once; each arm's own figures are folded away below.
    """
    findings = merge_alike(diagnosis.findings)
    grave = [finding for finding in findings if finding.severity != "INFO"]
    remarks = [finding for finding in findings if finding.severity == "INFO"]
    groups = _groups(grave)
    blocks: list[Block] = []
    if grave:
        blocks += [_finding(group[0]) if len(group) == 1 else _together(group) for group in groups[:_SHOWN]]
    else:
        blocks.append(Paragraph(text="Nothing was found that makes a figure unusable or keeps a run from learning."))
    left = sum(len(group) for group in groups[_SHOWN:])
    if left:
        blocks.append(Paragraph(text=f"{counted(left, 'further finding')}: see classlab doctor."))
    if remarks:
        blocks.append(_remarks(remarks))
    if len(findings) < len(diagnosis.findings):
        blocks.append(_one_by_one(diagnosis.findings))
    return Section(title="Findings", blocks=(*blocks, *_checks(diagnosis)))


def _groups(findings: list[Finding]) -> list[list[Finding]]:
    """Findings of the same arms with the same likeliest cause belong together; those without an arm stand alone."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        arms = arms_of(finding)
        cause = finding.causes[0].text if finding.causes else None
        found.setdefault((arms, cause) if arms and cause else (number,), []).append(finding)
    return list(found.values())


def _finding(finding: Finding) -> Section:
    where = _where(finding)
    return Section(
        title=f"{finding.severity}: {_spaced(finding.name)} ({finding.rule}, {_kind(finding)})",
        blocks=(
            Paragraph(text=finding.text + (f" Where: {where}." if where else "")),
            *_evidence([finding]),
            *_causes([finding]),
            *((Paragraph(text=f"Limits: {finding.limits}"),) if finding.limits else ()),
        ),
    )


def _together(findings: list[Finding]) -> Section:
    """Several findings that one cause explains: what they are, one table of evidence, the causes once."""
    arms = arms_of(findings[0])
    said = tuple(
        f"{each.severity} {each.rule}, {_spaced(each.name)} ({_kind(each)}): {each.text} Where: {_where(each)}."
        for each in findings
    )
    limits = tuple(f"Limits of {each.rule}: {each.limits}" for each in findings if each.limits)
    shared = f"{counted(len(findings), 'finding')}, one likeliest cause"
    return Section(
        title=f"{findings[0].severity}: {arms_in_words(arms)} ({shared})",
        blocks=(
            *_causes(findings),
            Bullets(items=said),
            *_evidence(findings),
            *((Bullets(items=limits),) if limits else ()),
        ),
    )


def _evidence(findings: list[Finding]) -> tuple[Block, ...]:
    """What was measured, each measurement once."""
    rows: dict[str, tuple[str, ...]] = {}
    for finding in findings:
        for each in finding.evidence:
            rows.setdefault(each.name, (each.name, written(each.found), each.expected or MISSING, finding.rule))
    if not rows:
        return ()
    table = Table(
        caption="Evidence",
        header=("measured", "found", "expected", "check"),
        rows=tuple(rows.values()),
        words=(0, 2, 3),
    )
    return (table,)


def _causes(findings: list[Finding]) -> tuple[Block, ...]:
    """The causes of all of them, the likeliest first, each once."""
    causes = {cause.text: cause for finding in findings for cause in finding.causes}
    items = tuple(
        f"{'Likeliest cause' if place == 0 else 'Or'}: {cause.text} Remedy: {cause.remedy}"
        for place, cause in enumerate(causes.values())
    )
    return (Bullets(items=items),) if items else ()


def _kind(finding: Finding) -> str:
    return "a fact" if finding.kind == "fact" else "a symptom"


def _spaced(name: str) -> str:
    return name.replace("-", " ")


def _where(finding: Finding) -> str:
    """Arms with their seeds, as in `sgd 0.1 (seeds 0, 1)`; of many arms their number and the first."""
    arms = arms_of(finding)
    if len(arms) > NAMED:
        return f"{len(arms)} arms: {arms_in_words(arms)}"
    return _each_where(finding)


def _each_where(finding: Finding) -> str:
    parts = []
    for arm, seeds in seeds_by_arm(finding).items():
        written = ", ".join(map(str, seeds))
        parts.append(f"{arm} ({'seed' if len(seeds) == 1 else 'seeds'} {written})" if seeds else arm)
    return "; ".join(parts)


def _remarks(findings: list[Finding]) -> Table:
    return Table(
        caption="Remarks: nothing that spoils a figure",
        header=("check", "remark", "where"),
        rows=tuple((f"{each.rule} {each.name}", each.text, _where(each) or MISSING) for each in findings),
        words=(0, 1, 2),
    )


def _one_by_one(findings: Sequence[Finding]) -> Folded:
    rows = tuple(
        (_each_where(each) or MISSING, f"{each.severity} {each.rule} {each.name}", each.text) for each in findings
    )
    table = Table(caption="Every finding by itself", header=("where", "check", "finding"), rows=rows, words=(0, 1, 2))
    return Folded(summary=f"Every arm's findings one by one ({counted(len(rows), 'finding')})", blocks=(table,))


def _checks(diagnosis: Diagnosis) -> tuple[Block, ...]:
    made = f"{counted(len(diagnosis.checked), 'check')} made: {', '.join(diagnosis.checked) or 'none'}."
    if not diagnosis.unchecked:
        return (Paragraph(text=made),)
    by_reason: dict[str, list[str]] = {}
    for each in diagnosis.unchecked:
        by_reason.setdefault(each.reason, []).append(each.rule)
    left = tuple(f"{', '.join(rules)}: {reason}." for reason, rules in by_reason.items())
    missed = f"{counted(len(diagnosis.unchecked), 'check')} could not be made"
    return (Paragraph(text=made), Folded(summary=missed, blocks=(Bullets(items=left),)))
