"""Every two arms compared, for those who ask about others than the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.pairs import HEADER, all_pairs, pair_rows, pairs_note
from classlab.reports.document import Paragraph, Section, Table
from classlab.reports.sections.long_table import folded_where_long

if TYPE_CHECKING:
    from classlab.records import StudyRecord


def pairs_section(study: StudyRecord) -> Section:
    """A table of all pairs, and what its intervals hold for."""
    found = all_pairs(study)
    table = Table(caption="Every two arms", header=HEADER, rows=tuple(pair_rows(found)), words=(0, 1, 4))
    note = Paragraph(text=pairs_note(found))
    blocks = (note, folded_where_long(table, "Every two arms")) if found.pairs else (note,)
    return Section(title="Every two arms", blocks=blocks)
