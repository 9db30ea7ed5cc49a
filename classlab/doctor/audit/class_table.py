"""A class of hand-ins as a table, hand-in by rule, and as the list of what was found."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from classlab.analysis.numbers import counted
from classlab.doctor.audit.hand_ins import merged, rules_found
from classlab.doctor.audit.listing import where
from classlab.doctor.audit.rulebook import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.doctor.audit.hand_ins import HandIn, Merged

LEGEND: Final = '"-": checked, nothing found; "?": not checked in every file.'


def table_rows(hand_ins: Sequence[HandIn]) -> list[tuple[str, ...]]:
    """A header, and one row for every hand-in: what each rule that found something says of it.

    Args:
        hand_ins: what was handed in.
    """
    rules = rules_found(hand_ins)
    rows = [("hand-in", *rules, "files", "problems")]
    for each in hand_ins:
        said = (each.said(rule) for rule in rules)
        rows.append((each.name, *said, str(len(each.audits)), str(len(each.problems) or "-")))
    return rows


def csv_text(hand_ins: Sequence[HandIn]) -> str:
    """The same as CSV, with every rule that there is, so that the columns of all classes are the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("hand-in", "files", *RULES, "S1", "problems"))
    for each in hand_ins:
        said = (each.said(rule) for rule in (*RULES, "S1"))
        writer.writerow((each.name, len(each.audits), *said, " ".join(each.problems)))
    return text.getvalue()


def finding_lines(hand_ins: Sequence[HandIn]) -> Iterator[str]:
    """Every finding once, with everyone who has it."""
    for each in merged(hand_ins):
        yield f"{each.severity} {heading(each, len(hand_ins))}"
        yield from (f"    {word}: {text}" for word, text in (("why", each.cause), ("remedy", each.remedy)) if text)
        for text, places in each.places:
            yield f"    {text}"
            yield f"        {'; '.join(dict.fromkeys(map(where, places)))}"


def heading(each: Merged, of: int) -> str:
    """Which rule, and how many hand-ins have it."""
    return f"{each.rule} {each.name}: {len(each.names)} of {counted(of, 'hand-in')}"
