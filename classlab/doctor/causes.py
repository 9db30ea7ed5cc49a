"""Which cause comes first: data before labels and loss, before the comparison, before the optimisation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.suspects import suspects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from classlab.doctor.case import Case
    from classlab.records.finding import Cause, Evidence, Finding

MOST = 3  # causes per finding: more is a list of everything that can go wrong

# Data, labels and loss, comparison; then optimisation from what is set once to what follows from it.
_ORDER = (
    *("A1", "A2", "A3", "A9", "A5", "A6", "A7", "A8"),
    *("B1", "B3", "B5", "B2", "B4", "B6"),
    *("C8", "C5", "C3", "C1"),
    *("I7", "I10", "I14", "I6", "I2", "I3", "I5", "I11"),
)
# What a run suffers from, whatever the cause: these take on what else was found.
_COMPLAINTS = ("B7", "I1", "I4", "I9")
# What explains why a network does not learn; a copy between splits or a name does not.
_EXPLAINS = frozenset(_ORDER) - {"A3", "A7", "A8", "B6", "C1", "C3", "C5", "C8", "I11"}
# The rule's own cause stands, whatever else was found.
_ALONE = frozenset({"I10", "I11", "I12", "I13", "I14", "A6"})


def with_causes(findings: Sequence[Finding], case: Case, *, cleared: Collection[str] = ()) -> list[Finding]:
    """Gives every symptom above INFO, and every complaint, its ranked causes.

    Args:
        findings: what was found, each fact and symptom with its own cause.
        case: what was examined, for causes that can be inferred from it.
        cleared: facts that were looked at and not found; what was measured is not inferred.
    """
    inferred = {each.cause.rule: each for each in suspects(case) if each.cause.rule not in cleared}
    known: dict[str, Cause] = {}
    for finding in findings:
        for cause in finding.causes:
            if cause.rule in _EXPLAINS and finding.severity != "INFO":
                known.setdefault(cause.rule, cause)
    known |= {rule: suspect.cause for rule, suspect in inferred.items() if rule not in known}
    return [_explained(finding, known, {rule: s.evidence for rule, s in inferred.items()}) for finding in findings]


def _explained(finding: Finding, known: dict[str, Cause], evidence: dict[str, tuple[Evidence, ...]]) -> Finding:
    complaint = finding.rule in _COMPLAINTS and not finding.causes
    if not complaint and (finding.kind == "fact" or finding.severity == "INFO" or finding.rule in _ALONE):
        return finding
    own = None if complaint else _rank(finding.rule)
    earlier = [cause for rule, cause in known.items() if own is None or _rank(rule) < own]
    causes = _ranked((*earlier, *finding.causes))[:MOST]
    added = [each for cause in causes[:1] for each in evidence.get(cause.rule, ()) if each not in finding.evidence]
    return replace(finding, causes=tuple(causes), evidence=(*finding.evidence, *added))


def _ranked(causes: Iterable[Cause]) -> list[Cause]:
    return sorted(causes, key=lambda cause: _rank(cause.rule))


def _rank(rule: str) -> int:
    return _ORDER.index(rule) if rule in _ORDER else len(_ORDER)
