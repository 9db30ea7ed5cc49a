"""What comes first: what a reader must know, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.document import Callout

if TYPE_CHECKING:
    from classlab.analysis import Analysis


def notice_callout(analysis: Analysis, *, missing: tuple[str, ...] = ()) -> Callout | None:
    """How the study could mislead, and what could not be shown; None where there is nothing to say.

    Args:
        analysis: its notices come first.
        missing: what could not be had for the report, each a sentence.
    """
    items = (*analysis.notices, *missing)
    if not items:
        return None
    return Callout(tone="warning", title="Before you read the figures", items=items)


def verdict_callout(analysis: Analysis) -> Callout:
    """The verdict and what else must be weighed: the analysis's own sentences."""
    return Callout(tone="verdict", title="Verdict" if len(analysis.arms) > 1 else "Result", items=analysis.sentences)
