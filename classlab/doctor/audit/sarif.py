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

_LEVELS = {"INVALID": "error", "FAIL": "error", "WARN": "warning", "INFO": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_of(audits: Sequence[Audit], *, problems: Sequence[str] = ()) -> dict[str, Any]:
    """One run of the audit as a SARIF log.

    A notebook has no line numbers of its own: a finding's region is the line within its cell, and the cell stands in
    the location's name and message.

    Args:
        audits: what was found in each file.
        problems: why files could not be read, a sentence each.
    """
    findings = [finding for audit in audits for finding in audit.diagnosis.findings]
    silenced = [each for audit in audits for each in audit.silenced]
    rules = sorted({(each.rule, each.name) for each in (*findings, *(one.finding for one in silenced))})
    places = {rule: place for place, (rule, _) in enumerate(rules)}
    results = [_result(finding, places) for finding in findings]
    results += [
        {**_result(one.finding, places), "suppressions": [{"kind": "inSource", "justification": one.reason}]}
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


def _result(finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    cell = f" (cell {finding.place.cell})" if finding.place.cell is not None else ""
    remedy = f" {finding.causes[0].remedy}" if finding.causes else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.text}{cell}{remedy}"},
        "locations": [_location(finding.place)],
        "properties": {"severity": finding.severity},
    }
    if finding.also:
        result["relatedLocations"] = [
            {**_location(place), "id": number, "message": {"text": _named(place) or "see also"}}
            for number, place in enumerate(finding.also, 1)
        ]
    return result


def _location(place: Place) -> dict[str, Any]:
    uri = quote(place.file.replace("\\", "/"), safe="/:.-_~")
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": max(1, place.line or 1)}}
    }
    if place.cell is not None:
        location["logicalLocations"] = [{"name": f"cell {place.cell}", "kind": "module"}]
    return location


def _named(place: Place) -> str:
    return f"cell {place.cell}, line {place.line}" if place.cell is not None else ""
