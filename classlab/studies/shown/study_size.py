"""How large a study is, and how much of it is still to be trained, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.studies.asked.study_draft import points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import StudySpec
    from classlab.studies.asked.study_draft import StudyDraft
    from classlab.studies.work.plan import PlannedPopulation


def study_size(
    spec: StudySpec, plan: Sequence[PlannedPopulation], wanted: Sequence[PlannedPopulation], *, anew: str = ""
) -> str:
    """The sentence, as in "Study 'rates': 2 arms x 3 seeds, 6 runs in 1 population.".

    Args:
        spec: arms and seeds.
        plan: all of its populations.
        wanted: what of them is to be trained.
        anew: how to train what the store holds already, a clause.
    """
    runs = sum(len(population.specs) for population in plan)
    left = sum(len(population.specs) for population in wanted)
    sentence = _begin(spec.name, len(spec.arms), len(spec.seeds), spec.folds, runs)
    if not left:
        return f"{sentence}, all in the store already{anew}."
    found = f"; {runs - left} are in the store already" if left < runs else ""
    return f"{sentence} in {counted(len(plan), 'population')}{found}."


def drafted_size(draft: StudyDraft) -> str:
    """The same before the data are read, as far as it is known then."""
    arms, seeds = len(points(draft)), len(draft.seeds)
    return f"{_begin(draft.name, arms, seeds, draft.folds, arms * seeds * (draft.folds or 1))}."


def _begin(name: str, arms: int, seeds: int, folds: int | None, runs: int) -> str:
    parts = [counted(arms, "arm"), counted(seeds, "seed"), *([] if folds is None else [f"{folds} folds"])]
    return f"Study {name!r}: {' x '.join(parts)}, {counted(runs, 'run')}"
