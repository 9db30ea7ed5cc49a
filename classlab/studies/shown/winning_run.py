"""The one run that stands for a study: what is exported, predicts and is measured when a study is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis import judge_study
from classlab.analysis.samples import by_seed, ranked_by_seed
from classlab.errors import FailedRunsError
from classlab.records.study import direction

if TYPE_CHECKING:
    from classlab.records import RunRecord, StudyRecord
    from classlab.records.study import Selection

_BEST: dict[Selection, str] = {
    "val_accuracy": "the seed with its best validation accuracy",
    "val_loss": "the seed with its lowest validation loss",
    "val_balanced_accuracy": "the seed with its best validation balanced accuracy",
    "val_macro_f1": "the seed with its best validation macro F1",
}


@dataclass(frozen=True, kw_only=True)
class WinningRun:
    """One run of a study, and why it is this one.

    Args:
        study: the study's name.
        arm: the name of the run's arm.
        record: the run.
        why: how it was chosen, as two clauses.
    """

    study: str
    arm: str
    record: RunRecord
    why: str

    def __str__(self) -> str:
        return f"{self.arm!r}, seed {self.record.spec.seed} ({self.why})"


def winning_run(study: StudyRecord) -> WinningRun:
    """The first-ranked arm's run with the best validation figure; of equal ones the lowest seed.

    With cross-validation it is the first of the best seed's networks: by their own folds they cannot be compared.

    Runs that diverged or failed do not count: they have the figures of their last good epoch.

    Args:
        study: what came of the study.

    Raises:
        FailedRunsError: none of its runs ended well.
    """
    spec = study.spec
    first = judge_study(study).first
    groups = by_seed(study.runs_of(first))
    figures = zip(ranked_by_seed(study.runs_of(first), spec.select), (group[0] for group in groups), strict=True)
    good = [(figure, run) for figure, run in figures if figure is not None]
    if not good:
        runs = len(study.runs)
        raise FailedRunsError(
            f"the study {spec.name!r} must have a run that ended well to stand for it, but got "
            f"{runs} run{'s' * (runs != 1)} that diverged or failed. See why with `classlab doctor`."
        )
    _, best = min(good, key=lambda each: (-direction(spec.select) * each[0], each[1].spec.seed))
    seed = _BEST[spec.select] if len(spec.seeds) > 1 else "its only seed"
    fold = f", the first of its {spec.folds} folds" if spec.folds else ""
    return WinningRun(
        study=spec.name,
        arm=spec.arms[first].name,
        record=best,
        why=f"the first-ranked arm of study {spec.name}, {seed}{fold}",
    )
