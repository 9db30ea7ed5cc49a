"""What the callback prints: a line per finding as it appears, and a summary at the end."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from classlab.doctor.merging import arms_in_words, arms_of, merge_alike
from classlab.doctor.wording import written

if TYPE_CHECKING:
    from classlab.records.finding import Diagnosis, Finding, Unchecked

_FEW = 3  # rules in a line that are named in words
_PLATEAU = "I1"  # the check that says whether a network learns at all


def finding_line(finding: Finding) -> str:
    """One finding on one line, as it appears while training goes on."""
    first = finding.causes[0] if finding.causes else None
    remedy = f" {first.remedy}" if first is not None and first.remedy else ""
    return f"doctor: {finding.severity} {finding.rule} {finding.name}: {finding.text}{remedy}{_on_arms(finding)}"


def summary_lines(diagnosis: Diagnosis) -> list[str]:
    """Everything that is said at the end: what counts in full, remarks in one line each, and what was not checked.

    Findings of one kind on several arms are told once.

    Args:
        diagnosis: the diagnosis of the whole training.
    """
    grave = [finding for finding in diagnosis.findings if finding.severity != "INFO"]
    told = merge_alike(diagnosis.findings)
    kinds = sum(finding.severity != "INFO" for finding in told)
    of = f", of {counted(kinds, 'kind')}" if kinds < len(grave) else ""
    lines = [f"doctor: {counted(len(grave), 'finding')} above INFO in {diagnosis.subject}{of}{_unjudged(diagnosis)}."]
    for finding in told:
        lines += _told(finding)
    checked = ", ".join(sorted(diagnosis.checked, key=_number))
    lines.append(f"doctor: {counted(len(diagnosis.checked), 'check')} made: {checked or 'none'}.")
    lines += [f"doctor: not checked: {_named(rules)}: {reason}." for reason, rules in _by_reason(diagnosis)]
    return lines


def _unjudged(diagnosis: Diagnosis) -> str:
    """That silence is no praise where it could not be said whether the network learns; "" where it could be."""
    reason = next((each.reason for each in diagnosis.unchecked if each.rule == _PLATEAU), "")
    early = reason.startswith(("fewer than", "no epoch"))
    return f"; whether it learns cannot be told ({reason})" if early else ""


def summary_html(diagnosis: Diagnosis) -> str:
    """The same as HTML for notebooks; nothing in it is taken for markup."""
    rows = "".join(
        f"<tr><td>{_safe(finding.severity)}</td><td>{_safe(finding.rule)}</td><td>{_safe(finding.name)}</td>"
        f"<td>{_safe(finding.text)}</td><td>{_safe(_remedies(finding))}</td></tr>"
        for finding in diagnosis.findings
    )
    table = (
        "<table><thead><tr><th>severity</th><th>rule</th><th>name</th><th>found</th><th>remedy</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        if rows
        else "<p>No finding.</p>"
    )
    left = "".join(f"<li>{_safe(_named(rules))}: {_safe(reason)}</li>" for reason, rules in _by_reason(diagnosis))
    checked = _safe(", ".join(sorted(diagnosis.checked, key=_number)))
    unchecked = f"<p>Not checked:</p><ul>{left}</ul>" if left else ""
    return f"<div><p><b>Doctor: {_safe(diagnosis.subject)}</b></p>{table}<p>Checked: {checked}.</p>{unchecked}</div>"


def _told(finding: Finding) -> list[str]:
    arm = _on_arms(finding)
    if finding.severity == "INFO":
        return [f"  INFO {finding.rule} {finding.name}: {finding.text}{arm} {_remedies(finding)}".rstrip()]
    lines = [f"  {finding.severity} {finding.rule} {finding.name} ({finding.kind}): {finding.text}{arm}"]
    for each in finding.evidence:
        expected = f" (expected {each.expected})" if each.expected else ""
        lines += [f"    {each.name}: {written(each.found)}{expected}"]
    causes = enumerate(finding.causes, start=1)
    lines += [f"    cause {place}: {cause.text} Remedy: {cause.remedy}" for place, cause in causes]
    if finding.limits:
        lines.append(f"    limits: {finding.limits}")
    return lines


def _on_arms(finding: Finding) -> str:
    """Where a finding was made, in brackets; "" where there are no arms."""
    arms = arms_of(finding)
    if len(arms) < 2:
        return f" (arm {arms[0]})" if arms else ""
    return f" ({len(arms)} arms: {arms_in_words(arms)})"


def _remedies(finding: Finding) -> str:
    return " Or: ".join(cause.remedy for cause in finding.causes)


def _by_reason(diagnosis: Diagnosis) -> list[tuple[str, list[str]]]:
    """Rules that could not be checked, gathered by the reason."""
    gathered: dict[str, list[str]] = {}
    for each in sorted(diagnosis.unchecked, key=_rule_number):
        gathered.setdefault(each.reason, []).append(each.rule)
    return list(gathered.items())


def _named(rules: list[str]) -> str:
    """Rules with their names where they are few; long lists stay identifiers, which the documentation explains."""
    from classlab.doctor.symptoms import SYMPTOMS

    names = {symptom.RULE: symptom.NAME for symptom in SYMPTOMS}
    return ", ".join(f"{rule} {names.get(rule, '')}".rstrip() if len(rules) <= _FEW else rule for rule in rules)


def _rule_number(each: Unchecked) -> tuple[str, int]:
    return _number(each.rule)


def _number(rule: str) -> tuple[str, int]:
    return rule[0], int(rule[1:])


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "finding"), counted(2, "finding"), counted(0, "finding")
        ('1 finding', '2 findings', 'no findings')
    """
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _safe(text: str) -> str:
    return html.escape(text)
