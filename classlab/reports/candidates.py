"""The arms that may be the best as far as the evidence goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.reports.analysis import Analysis


def candidates(analysis: Analysis) -> tuple[int, ...]:
    """Positions of the arms that cannot be told apart from the best, itself included.

    Empty with one seed per arm: then nothing tells arms apart, and a mark on all of them would say nothing.
    """
    return analysis.ranking.tied_with_best if len(analysis.seeds) > 1 else ()
