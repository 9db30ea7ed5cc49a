"""The audit as SARIF 2.1.0, which editors and code hosts show beside the code.

References:
    OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0,
    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from classlab.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.doctor.audit.audit import Audit
    from classlab.records.finding import Finding, Place

Lines = dict[tuple[str, int], tuple[int, ...]]  # by file and cell
_LEVELS = {"INVALID": "error", "FAIL": "error", "WARN": "warning", "INFO": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_of(audits: Sequence[Audit], *, problems: Sequence[str] = ()) -> dict[str, Any]:
    """One run of the audit as a SARIF log.

    A finding's region in a notebook is the line of the file that holds the code, as code hosts and editors that open
    it as text count lines; cell and line within it stand in the location's name and the message.

    Args:
        audits: what was found in each file.
        problems: why files could not be read, a sentence each.
    """
    findings = [finding for audit in audits for finding in audit.diagnosis.findings]
    silenced = [each for audit in audits for each in audit.silenced]
    rules = sorted({(each.rule, each.name) for each in (*findings, *(one.finding for one in silenced))})
    places = {rule: place for place, (rule, _) in enumerate(rules)}
    lines = {(audit.diagnosis.subject, cell): each for audit in audits for cell, each in audit.file_lines.items()}
    results = [_result(finding, places, lines) for finding in findings]
    results += [
        {**_result(one.finding, places, lines), "suppressions": [{"kind": "inSource", "justification": one.reason}]}
        for one in silenced
    ]
    notes = [{"level": "error", "message": {"text": text}} for text in problems]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "classlab audit", "version": VERSION, "rules": [_rule(*rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(identity: str, name: str) -> dict[str, Any]:
    words = name.replace("-", " ")
    return {
        "id": identity,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": words},
    }


def _result(finding: Finding, places: dict[str, int], lines: Lines) -> dict[str, Any]:
    cell = f" ({_named(finding.place)})" if finding.place.cell is not None else ""
    remedy = f" {finding.causes[0].remedy}" if finding.causes else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.text}{cell}{remedy}"},
        "locations": [_location(finding.place, lines)],
        "properties": {"severity": finding.severity},
    }
    if finding.also:
        result["relatedLocations"] = [
            {**_location(place, lines), "id": number, "message": {"text": _named(place) or "see also"}}
            for number, place in enumerate(finding.also, 1)
        ]
    return result


def _location(place: Place, lines: Lines) -> dict[str, Any]:
    line = max(1, place.line or 1)
    known = lines.get((place.file, place.cell or 0), ())
    line = known[line - 1] if line <= len(known) else line
    uri = quote(place.file.replace("\\", "/"), safe="/:.-_~")
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}
    if place.cell is not None:
        location["logicalLocations"] = [{"name": _named(place), "kind": "module"}]
    return location


def _named(place: Place) -> str:
    return f"cell {place.cell}, line {place.line}" if place.cell is not None else ""
