"""A finding before it gets its file: places are still lines of the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.records.finding import Cause, Evidence, Finding, Severity

if TYPE_CHECKING:
    from classlab.doctor.audit.location import Location


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a rule found.

    Args:
        rule: the rule's identifier.
        name: its name.
        severity: how grave it is.
        text: what was found, a sentence.
        location: the line to mend.
        also: further lines.
        cause: why that is bad, a sentence.
        remedy: what to change, a sentence in the imperative.
        evidence: name, found and expected.
        limits: when the finding would be wrong.
    """

    rule: str
    name: str
    severity: Severity
    text: str
    location: Location
    cause: str
    remedy: str
    also: tuple[Location, ...] = ()
    evidence: tuple[tuple[str, str | int | float, str], ...] = ()
    limits: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What two findings share that say the same, as in two turns of a loop."""
        return (self.rule, self.location.file, self.location.cell, self.location.line, self.text)

    def finding(self, file: str) -> Finding:
        """The record.

        Args:
            file: the file's name.
        """
        own = self.location.place(file)
        places = tuple(place for place in dict.fromkeys(each.place(file) for each in self.also) if place != own)
        return Finding(
            rule=self.rule,
            name=self.name,
            severity=self.severity,
            kind="fact",
            text=self.text,
            evidence=tuple(Evidence(name=name, found=found, expected=bound) for name, found, bound in self.evidence),
            causes=(Cause(rule=self.rule, text=self.cause, remedy=self.remedy),),
            limits=self.limits,
            place=self.location.place(file),
            also=places,
        )
