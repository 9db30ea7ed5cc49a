"""The test-set ledger: how often these test images were looked at, and what for."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, count, counted
from classlab.reports.document import Block, Paragraph, Section, Table

if TYPE_CHECKING:
    from classlab.records import StudyRecord

_SHOWN = 20  # newest lines; the rest is counted


def ledger_section(study: StudyRecord, *, counted_at: str) -> Section:
    """Every opening of the dataset's test images that the store knows of.

    Args:
        study: the record.
        counted_at: ISO 8601 time in UTC at which its openings were counted: later ones are not among them.
    """
    openings = study.openings
    name = study.spec.arms[0].spec.data.name
    if not openings:
        text = f"Until {counted_at} no opening of the test images of {name} was on record."
        return Section(title="Test-set ledger", blocks=(Paragraph(text=text),))
    runs = sum(opening.runs for opening in openings)
    text = (
        f"Until {counted_at} the test images of {name} were opened {counted(len(openings), 'time')}, for "
        f"{counted(runs, 'run')} in all. Each time that a decision follows from them, the next test figure "
        "is a little too good."
    )
    blocks: list[Block] = [Paragraph(text=text), _table(study)]
    return Section(title="Test-set ledger", blocks=tuple(blocks))


def _table(study: StudyRecord) -> Table:
    newest = sorted(study.openings, key=lambda opening: opening.time, reverse=True)
    # A study opens the images once for each population that it trains: those are one line.
    lines = [list(each) for _, each in groupby(newest, key=lambda opening: (opening.study, opening.purpose))]
    rows = tuple(
        (
            same[0].time,
            same[0].study or MISSING,
            same[0].purpose,
            count(len(same)),
            count(sum(opening.runs for opening in same)),
        )
        for same in lines[:_SHOWN]
    )
    left = sum(len(same) for same in lines[_SHOWN:])
    return Table(
        caption="Openings of the test images, newest first",
        header=("last time (UTC)", "study", "purpose", "openings", "runs"),
        rows=rows,
        words=(0, 1, 2),
        note=f"{counted(left, 'earlier opening')} not shown." if left else "",
    )
