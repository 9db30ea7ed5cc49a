"""The report of a search: the finalists' verdict first, then what was searched and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis import analyse
from classlab.analysis.numbers import counted
from classlab.reports.document import Document, Section
from classlab.reports.sections.provenance import ledger_section
from classlab.reports.sections.ranking import notice_callout, ranking_section, verdict_callout, warning
from classlab.reports.sections.search import (
    again_section,
    best_callout,
    candidates_section,
    course_section,
    finalists_section,
    importance_section,
    search_notices,
    space_section,
)
from classlab.version import VERSION

if TYPE_CHECKING:
    from classlab.records import StudyRecord
    from classlab.records.search import SearchRecord


def search_document(
    record: SearchRecord, study: StudyRecord | None = None, *, counted_at: str | None = None
) -> Document:
    """Puts a search's report together.

    Args:
        record: of the search.
        study: of its finalists, which holds the only figures on test images; None where there is none.
        counted_at: ISO 8601 time in UTC at which the study's openings were counted; None for its own.
    """
    analysis = None if study is None else analyse(study)
    notices = search_notices(record)
    if analysis is not None:
        notice, verdict = notice_callout(analysis, missing=notices), verdict_callout(analysis, picture="ranking")
    else:
        notice, verdict = warning(notices), best_callout(record)
    sections: tuple[Section | None, ...] = (
        finalists_section(record),
        None if analysis is None else ranking_section(analysis),
        space_section(record),
        importance_section(record),
        course_section(record),
        candidates_section(record),
        None if study is None else ledger_section(study, counted_at=counted_at or study.created),
        again_section(record),
    )
    return Document(
        title=record.spec.name,
        subtitle=f"{record.spec.question} A search on {record.spec.data}, "
        f"{counted(len(record.candidates), 'candidate')}.".strip(),
        opening=(*((notice,) if notice else ()), verdict),
        sections=tuple(section for section in sections if section is not None),
        footer=f"Made by classlab {VERSION} from a search recorded {record.created}.",
    )
