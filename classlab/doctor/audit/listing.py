"""The audit as text: what, where, why, and what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.rulebook import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.doctor.audit.audit import Audit
    from classlab.records.finding import Finding, Place

_FEW = 5  # rules that are listed rather than all the others


def lines_of(audit: Audit) -> Iterator[str]:
    """One file's findings, each with its places and its remedy.

    Args:
        audit: what was found.
    """
    for finding in audit.diagnosis.findings:
        yield f"{where(finding.place)}: {finding.severity} {finding.rule} {finding.name}: {finding.text}"
        if finding.also:
            yield f"    see also: {'; '.join(_line(place, beside=finding.place) for place in finding.also)}"
        for cause in finding.causes[:1]:
            yield f"    why: {cause.text}"
            yield f"    remedy: {cause.remedy}"
        if finding.limits:
            yield f"    limits: {finding.limits}"
    for silenced in audit.silenced:
        place = where(silenced.finding.place)
        yield f"{place}: silenced {silenced.finding.rule} {silenced.finding.name}: {silenced.reason}"


def summary_of(audits: Sequence[Audit], *, failed: int = 0) -> str:
    """One sentence about all files.

    Args:
        audits: what was found in each.
        failed: how many files could not be audited at all.
    """
    count = dict.fromkeys(("INVALID", "FAIL", "WARN", "INFO"), 0)
    for audit in audits:
        for finding in audit.diagnosis.findings:
            count[finding.severity] += 1
    files = "1 file" if len(audits) == 1 else f"{len(audits)} files"
    found = [f"{number} {severity}" for severity, number in count.items() if number]
    silenced = sum(len(audit.silenced) for audit in audits)
    sentences = [f"{files} audited: {', '.join(found) if found else 'nothing found'}."]
    sentences += [f"{silenced} silenced."] if silenced else []
    sentences += [f"{failed} could not be."] if failed else []
    if audits and not found:  # a clean bill says what it is a bill of
        checked = [rule for rule in RULES if all(rule in audit.diagnosis.checked for audit in audits)]
        where = "Checked" if len(audits) == 1 else "Checked in every file"
        sentences.append(f"{where}: {', '.join(checked) or 'no rule'}.")
    return " ".join(sentences)


def unchecked_lines(audit: Audit) -> Iterator[str]:
    """What could not be checked in a file, rules with one reason together."""
    reasons: dict[str, list[str]] = {}
    for each in audit.diagnosis.unchecked:
        reasons.setdefault(each.reason, []).append(each.rule)
    for reason, rules in reasons.items():
        rest = [rule for rule in RULES if rule not in rules]
        most = f"all rules but {', '.join(rest)}" if 0 < len(rest) <= _FEW else ", ".join(rules)
        yield f"{audit.diagnosis.subject}: not checked: {'all rules' if not rest else most}: {reason}."


def worst(findings: Sequence[Finding]) -> str | None:
    """The gravest severity; None where nothing was found."""
    order = ("INVALID", "FAIL", "WARN", "INFO")
    return next((severity for severity in order if any(each.severity == severity for each in findings)), None)


def where(place: Place) -> str:
    """File, cell and line as editors understand it; a script's line comes after a colon."""
    if place.cell is not None:
        return f"{place.file}: {_line(place)}"
    return f"{place.file}:{place.line or 1}"


def _line(place: Place, *, beside: Place | None = None) -> str:
    line = f"cell {place.cell}, line {place.line or 1}" if place.cell is not None else f"line {place.line or 1}"
    return line if beside is None or beside.file == place.file else f"{place.file}, {line}"
