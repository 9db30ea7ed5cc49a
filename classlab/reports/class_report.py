"""The report of a class of hand-ins: who has which mistake, then every mistake once with why and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.doctor.audit.hand_ins import LEGEND, heading, merged, table_rows
from classlab.doctor.audit.listing import where
from classlab.reports.document import Bullets, Callout, Document, Paragraph, Section, Table
from classlab.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.doctor.audit.hand_ins import HandIn, Merged
    from classlab.reports.document import Block


def class_document(hand_ins: Sequence[HandIn], *, title: str) -> Document:
    """Puts the report together.

    Args:
        hand_ins: what was handed in.
        title: the page's heading.
    """
    found = merged(hand_ins)
    problems = [problem for each in hand_ins for problem in each.problems]
    sections = [Section(title="Who has what", blocks=(_table(hand_ins),))]
    if found:
        sections.append(Section(title="What was found", blocks=tuple(_finding(each, len(hand_ins)) for each in found)))
    if problems:
        sections.append(Section(title="What could not be audited", blocks=(Bullets(items=tuple(problems)),)))
    return Document(
        title=title,
        subtitle=f"{counted(len(hand_ins), 'hand-in')}, read without running them.",
        opening=(_opening(hand_ins, found),),
        sections=tuple(sections),
        footer=f"Made by classlab {VERSION}.",
    )


def _opening(hand_ins: Sequence[HandIn], found: Sequence[Merged]) -> Callout:
    grave = [each for each in found if each.severity != "INFO"]
    named = {name for each in grave for name in each.names}
    unread = sum(not each.audits for each in hand_ins)
    items = [f"{len(named)} of {counted(len(hand_ins), 'hand-in')} have a finding above INFO."]
    if grave:
        commonest = max(grave, key=lambda each: len(each.names))
        items.append(f"The commonest is {heading(commonest, len(hand_ins))}.")
    if unread:
        items.append(f"{counted(unread, 'hand-in')} could not be audited at all.")
    return Callout(tone="verdict", title="In short", items=tuple(items))


def _table(hand_ins: Sequence[HandIn]) -> Table:
    header, *rows = table_rows(hand_ins)
    return Table(
        caption="What each rule says of each hand-in",
        header=header,
        rows=tuple(rows),
        words=tuple(range(len(header) - 2)),
        note=f"{LEGEND} Rules that found nothing anywhere have no column.",
    )


def _finding(each: Merged, of: int) -> Section:
    blocks: list[Block] = [Paragraph(text=text) for text in (each.cause, each.remedy) if text]
    blocks.append(Bullets(items=tuple(_sentence(text, list(map(where, places))) for text, places in each.places)))
    return Section(title=f"{each.severity} {heading(each, of)}", blocks=tuple(blocks))


def _sentence(text: str, places: Sequence[str]) -> str:
    return f"{text} {'; '.join(dict.fromkeys(places))}"
