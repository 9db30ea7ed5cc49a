"""What a reader must know of a study's runs before its figures: what went wrong, and what the figures leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted

if TYPE_CHECKING:
    from classlab.analysis.analysis import Analysis
    from classlab.analysis.arm import ArmAnalysis
    from classlab.records import StudyRecord

_STATES = {"diverged": "diverged", "failed": "failed", "interrupted": "stopped before the end"}
_NAMED = 5  # arms that are named; the rest is counted


def run_notices(study: StudyRecord, analysis: Analysis) -> tuple[str, ...]:
    """Runs that did not end well, and records that do not tell single images; empty where there are none of either."""
    return (*_unfinished(analysis), *_without_images(study))


def _unfinished(analysis: Analysis) -> list[str]:
    if not analysis.unfinished:
        return []
    parts = [f"'{arm.name}' ({_how(arm)})" for arm in analysis.arms if not arm.ended_well]
    rest = "; ".join(parts[:_NAMED])
    if len(parts) > _NAMED:
        rest += f"; {counted(len(parts) - _NAMED, 'more arm')}"
    told = f"{analysis.unfinished} of {counted(analysis.runs, 'run')} did not end well: {rest}."
    one, single = analysis.unfinished == 1, len(parts) == 1
    left = "Its figures are left out" if one else "Their figures are left out"
    if len(analysis.arms) == 1:
        return [f"{told} {left}."]
    whose = f"{'its' if one else 'their'} {'arm' if single else 'arms'}"
    seeds = f"{'its seed is' if one else 'their seeds are'} left out where {whose} {'is' if single else 'are'} compared"
    if len(parts) == len(analysis.arms):
        return [f"{told} {left}, and {seeds}."]
    return [
        f"{told} {left}, {seeds}, and {whose} {'comes' if single else 'come'} after those whose every run finished."
    ]


def _how(arm: ArmAnalysis) -> str:
    """How the runs of an arm went wrong, each way with its number."""
    bad = {word: arm.states[state] for state, word in _STATES.items() if state in arm.states}
    silent = arm.score.excluded - sum(bad.values())
    ways = [f"{number} {word}" for word, number in bad.items()]
    return ", ".join([*ways, *([f"{silent} without a figure"] if silent > 0 else [])])


def _without_images(study: StudyRecord) -> list[str]:
    old = sum(run.outcomes is None for run in study.runs if run.validation is not None)
    if not old:
        return []
    if old == len(study.runs) > 1:
        which = "The runs come from an older classlab and do"
    elif old == len(study.runs):
        which = "The run comes from an older classlab and does"
    else:
        which = f"{old} of {len(study.runs)} runs {'comes' if old == 1 else 'come'} from an older classlab and "
        which += "does" if old == 1 else "do"
    if len(study.spec.seeds) > 1:
        so = "so intervals and comparisons hold for other seeds only, on these very images"
    elif len(study.spec.arms) > 1:
        so = "so arms of one seed each cannot be compared"
    else:
        return []  # of one network the number of images is enough
    return [f"{which} not tell which images were recognised, {so}. Train anew with --again."]
