"""A finding before it gets its file: places are still lines of the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.doctor.catalogue import KINDS, NAMES, cause
from classlab.records.finding import Evidence, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlab.doctor.audit.location import Location
    from classlab.records.finding import Cause, Severity


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a rule found.

    Args:
        rule: the rule's identifier.
        severity: how grave it is.
        text: what was found, a sentence.
        location: the line to mend.
        also: further lines.
        cause: why that is bad, and what to change.
        evidence: name, found and expected.
        limits: when the finding would be wrong.
    """

    rule: str
    severity: Severity
    text: str
    location: Location
    cause: Cause
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
            name=NAMES[self.rule],
            severity=self.severity,
            kind="fact",
            text=self.text,
            evidence=tuple(Evidence(name=name, found=found, expected=bound) for name, found, bound in self.evidence),
            causes=(self.cause,),
            limits=self.limits,
            place=self.location.place(file),
            also=places,
        )


def found(
    kind: str,
    text: str,
    location: Location,
    also: Iterable[Location | None] = (),
    *,
    severity: Severity | None = None,
    evidence: tuple[tuple[str, str | int | float, str], ...] = (),
    **words: object,
) -> Draft:
    """A finding of a kind that stands in the catalogue.

    Args:
        kind: its key there; the rule comes first.
        text: what was found, a sentence.
        location: the line to mend.
        also: further lines, as far as they are known.
        severity: how grave it is, where that is not what the catalogue says.
        evidence: name, found and expected.
        **words: what the remedy leaves open.
    """
    known = KINDS[kind]
    return Draft(
        rule=kind.partition(" ")[0],
        severity=severity or known.severity,
        text=text,
        location=location,
        also=tuple(each for each in also if each is not None),
        evidence=evidence,
        cause=cause(kind, None, **words),
        limits=known.limits,
    )
