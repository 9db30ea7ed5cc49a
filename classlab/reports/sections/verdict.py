"""What comes first: what a reader must know, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.document import Callout
from classlab.reports.sentences import (
    confirmation_sentences,
    flattery_sentence,
    states_sentence,
    test_sentence,
    verdict_sentences,
)

if TYPE_CHECKING:
    from classlab.records import StudyRecord
    from classlab.reports.analysis import Analysis


def notice_callout(study: StudyRecord, analysis: Analysis, *, missing: tuple[str, ...] = ()) -> Callout | None:
    """How the study could mislead, and what could not be shown; None where there is nothing to say.

    Args:
        study: its notices come first.
        analysis: how many runs did not end well.
        missing: what could not be had for the report, each a sentence.
    """
    unfinished = states_sentence(analysis)
    items = (*study.notices, *((unfinished,) if unfinished else ()), *missing)
    if not items:
        return None
    return Callout(tone="warning", title="Before you read the figures", items=items)


def verdict_callout(study: StudyRecord, analysis: Analysis) -> Callout:
    """The verdict, what fresh seeds and test images say of it, and how much of it may be luck."""
    more = (*confirmation_sentences(analysis), test_sentence(study, analysis), flattery_sentence(analysis))
    items = (*verdict_sentences(analysis), *(sentence for sentence in more if sentence))
    return Callout(tone="verdict", title="Verdict" if len(analysis.arms) > 1 else "Result", items=items)
