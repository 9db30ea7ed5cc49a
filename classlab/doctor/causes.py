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

# Data, labels and loss, comparison; then optimisation from what is set once to what follows from it: what holds before
# the first step (the start, a signal that is lost) before what holds a network back, and rates last.
_ORDER = (
    *("A1", "A2", "A3", "A9", "A5", "A6", "A7", "A8"),
    *("B9", "B1", "B3", "B5", "B2", "B4", "B6", "B8"),
    *("C8", "C5", "C3", "C1"),
    *("I7", "I6", "I10", "I14", "I2", "I3", "I5", "I11", "I12", "I13"),
)
# What a run suffers from, whatever the cause: these take on what else was found.
_COMPLAINTS = ("B7", "I1", "I4", "I9", "I15", "I16")
# What explains why a network does not learn; a copy between splits or a name does not.
_EXPLAINS = frozenset(_ORDER) - {"A3", "A7", "A8", "B6", "C1", "C3", "C5", "C8", "I11", "I12", "I13"}
# Of a network that learned its own images, what explains that it guesses on others.
_OF_UNSEEN = ("A3", "A5", "A6", "A7", "B9", "I14", "I2")
# The rule's own cause stands, whatever else was found.
_ALONE = frozenset({"I11", "I12", "I13", "I14", "A6", "B8"})
# What a penalty or a dropout holds back is held back by them only where the signal arrives.
_BEFORE_I10 = ("I7", "I6")
NO_CAUSE = "No cause can be named from what was measured"


def with_causes(findings: Sequence[Finding], case: Case, *, cleared: Collection[str] = ()) -> list[Finding]:
    """Gives every symptom above INFO, and every complaint, its ranked causes, or says that none can be named.

    Args:
        findings: what was found, each fact and symptom with its own cause.
        case: what was examined, for causes that can be inferred from it.
        cleared: facts that were looked at and not found; what was measured is not inferred.
    """
    inferred = {each.cause.rule: each for each in suspects(case) if each.cause.rule not in cleared}
    known: dict[str, Cause] = {}
    for finding in findings:
        for cause in finding.causes:
            if cause.rule in {*_EXPLAINS, *_OF_UNSEEN} and finding.severity != "INFO":
                known.setdefault(cause.rule, cause)
    known |= {rule: suspect.cause for rule, suspect in inferred.items() if rule not in known}
    evidence = {rule: suspect.evidence for rule, suspect in inferred.items()}
    return [_said(_explained(finding, known, evidence), case) for finding in findings]


def _explained(finding: Finding, known: dict[str, Cause], evidence: dict[str, tuple[Evidence, ...]]) -> Finding:
    guessed = finding.rule in ("I15", "I16")
    complaint = guessed or (finding.rule in _COMPLAINTS and not finding.causes)
    if not complaint and (finding.kind == "fact" or finding.severity == "INFO" or finding.rule in _ALONE):
        return finding
    own = None if complaint else _rank(finding.rule)
    wanted = _OF_UNSEEN if finding.rule == "I15" else _BEFORE_I10 if finding.rule == "I10" else _EXPLAINS
    earlier = [c for rule, c in known.items() if rule in wanted and (own is None or _rank(rule) < own)]
    named = {cause.rule for cause in earlier}
    own_causes = [cause for cause in finding.causes if not complaint or cause.rule not in named]
    causes = [*_ranked(earlier), *own_causes][:MOST]  # a guess is ranked where it is made
    added = [each for cause in causes[:1] for each in evidence.get(cause.rule, ()) if each not in finding.evidence]
    return replace(finding, causes=tuple(causes), evidence=(*finding.evidence, *added))


def _said(finding: Finding, case: Case) -> Finding:
    """A complaint that nothing explains says so, and what would tell more."""
    if finding.causes or finding.rule not in _COMPLAINTS:
        return finding
    seen = case.labels is not None and "labels" not in case.out_of_reach
    more = "." if seen else ": hand images and labels over, as in Doctor(x, y), to have more looked at."
    return replace(finding, text=f"{finding.text} {NO_CAUSE}{more}")


def _ranked(causes: Iterable[Cause]) -> list[Cause]:
    return sorted(causes, key=lambda cause: _rank(cause.rule))


def _rank(rule: str) -> int:
    return _ORDER.index(rule) if rule in _ORDER else len(_ORDER)
