"""The order of a study's arms by their validation figures: what a table shows first and a confirmation trains again."""

from __future__ import annotations

from math import fsum, inf, isnan, nan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import RunRecord, StudySpec
    from classlab.records.study import Selection


def selected_figure(run: RunRecord, select: Selection) -> float:
    """The validation figure by which a run counts; NaN where it diverged, failed or has none.

    A diverged run has the figures of its last good epoch, but an arm that cannot be trained to its end must not
    win by them.
    """
    if run.state not in ("finished", "stopped_early") or run.validation is None:
        return nan
    return run.validation.accuracy if select == "val_accuracy" else run.validation.loss


def ranked_arms(study: StudySpec, runs: Sequence[RunRecord]) -> list[int]:
    """Positions of the arms, best first.

    Arms whose every run ended well come before those with a run that did not: a mean without the seeds that went
    wrong flatters. Ties keep the study's order.

    Args:
        study: arms and seeds.
        runs: arm by arm, seed by seed.
    """
    seeds = len(study.seeds)
    sign = -1.0 if study.select == "val_accuracy" else 1.0

    def place(arm: int) -> tuple[int, float]:
        figures = [selected_figure(run, study.select) for run in runs[arm * seeds : (arm + 1) * seeds]]
        good = [figure for figure in figures if not isnan(figure)]
        return seeds - len(good), sign * fsum(good) / len(good) if good else inf

    return sorted(range(len(study.arms)), key=lambda arm: (place(arm)[0] > 0, *place(arm)[1:]))
