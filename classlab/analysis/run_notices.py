"""What a reader must know of a study's runs before its figures: what went wrong, and what the figures leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted

if TYPE_CHECKING:
    from classlab.analysis.analysis import Analysis
    from classlab.records import StudyRecord

_STATES = {"diverged": "diverged", "failed": "failed", "interrupted": "stopped before the end"}
_NAMED = 5  # arms that are named; the rest is counted


def run_notices(study: StudyRecord, analysis: Analysis) -> tuple[str, ...]:
    """Runs that did not end well, and records that do not tell single images; empty where there are none of either."""
    return (*_unfinished(analysis), *_without_images(study))


def _unfinished(analysis: Analysis) -> list[str]:
    if not analysis.unfinished:
        return []
    parts = []
    for arm in analysis.arms:
        bad = [f"{number} {_STATES[state]}" for state, number in arm.states.items() if state in _STATES]
        if bad:
            parts.append(f"'{arm.name}' ({', '.join(bad)})")
    rest = "; ".join(parts[:_NAMED])
    if len(parts) > _NAMED:
        rest += f"; {counted(len(parts) - _NAMED, 'more arm')}"
    return [
        f"{analysis.unfinished} of {counted(analysis.runs, 'run')} did not end well: {rest}. Their figures are left "
        "out, their seeds are left out of the comparisons, and their arms come after those whose every run finished."
    ]


def _without_images(study: StudyRecord) -> list[str]:
    old = sum(run.outcomes is None for run in study.runs if run.validation is not None)
    if not old:
        return []
    which = "The runs" if old == len(study.runs) else f"{old} of {counted(len(study.runs), 'run')}"
    return [
        f"{which} come from an older classlab and do not tell which images they got right, so their intervals and "
        "comparisons hold for other seeds only, on these very images. Train them anew with --again."
    ]
