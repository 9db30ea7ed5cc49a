"""What the doctor says: a symptom or a fact, its evidence in numbers, likely causes, a remedy, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from classlab.options.words import Severity as Severity
from classlab.records.base import Record

FindingKind = Literal["fact", "symptom"]
Setting = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class Evidence(Record):
    """One number or word that speaks for a finding.

    Args:
        name: what was measured, unit included.
        found: what it was.
        expected: what a healthy run shows, as in "below 0.9"; "" where there is no such bound.
    """

    name: str
    found: str | int | float
    expected: str = ""


@dataclass(frozen=True, kw_only=True)
class Cause(Record):
    """A likely cause, and what would be changed to test it.

    Args:
        rule: the rule whose fact or symptom it is, as in "A1"; "" where there is none.
        text: the cause, a sentence.
        remedy: what to change, a sentence in the imperative.
        change: the same for a machine: options of `classlab train` and their new values; empty where the remedy
            is not an option.
    """

    text: str
    remedy: str
    rule: str = ""
    change: dict[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Place(Record):
    """Where a finding was made.

    Args:
        file: script or notebook; "" for a training.
        cell: the notebook's cell, from 1; None for a script.
        line: line of the script, or within the cell, from 1.
        arm: the study's arm; "" where there is none.
        seed: the run's seed.
        epoch: epochs done, 0 before the first step.
    """

    file: str = ""
    cell: int | None = None
    line: int | None = None
    arm: str = ""
    seed: int | None = None
    epoch: int | None = None


@dataclass(frozen=True, kw_only=True)
class Finding(Record):
    """What the doctor says.

    Args:
        rule: the rule's identifier in the list of checks, as in "A1".
        name: the rule's name in words joined by hyphens, as in "double-normalisation".
        severity: INVALID: a comparison or score cannot be used; FAIL: the run cannot learn; WARN; INFO.
        kind: a fact needs no patience and no interpretation; a symptom is read off a course of training.
        text: what was found, a sentence.
        evidence: the numbers.
        causes: at most three, the likeliest first; the first one's remedy is the finding's.
        limits: when this finding would be wrong, or what it cannot see, a sentence.
        place: where.
        also: further places, as the second of two scalings.
    """

    rule: str
    name: str
    severity: Severity
    kind: FindingKind
    text: str
    evidence: tuple[Evidence, ...] = ()
    causes: tuple[Cause, ...] = ()
    limits: str = ""
    place: Place = field(default_factory=Place)
    also: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unchecked(Record):
    """A check that could not be made.

    Args:
        rule: the rule's identifier.
        reason: why, a clause.
    """

    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Diagnosis(Record):
    """Everything the doctor says about one run, study, script or notebook.

    Args:
        subject: what was examined.
        findings: the gravest first; INFO last.
        checked: identifiers of the rules that were checked.
        unchecked: rules that could not be, with the reason.
    """

    subject: str
    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    unchecked: tuple[Unchecked, ...] = ()
