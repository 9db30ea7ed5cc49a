"""What a study is expected to take, before it is trained: at the pace of what this store has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.studies.work.plan import plan_runs, trains_in_lock_step, work_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from classlab.records import RunSpec, StudyRecord
    from classlab.studies.work.plan import PlannedPopulation


def expected_seconds(
    wanted: Sequence[PlannedPopulation], *, images: Callable[[RunSpec], int], seen: Iterable[StudyRecord]
) -> float | None:
    """Wall time of these populations, in seconds; None where no study in `seen` says how fast such runs train.

    A pace is seconds for a multiply-add, as in the estimate while a study trains. Networks that step together have
    another one than those that do not.

    Args:
        wanted: what is to be trained.
        images: training images of an epoch.
        seen: finished studies of this machine.
    """
    studies, seconds = list(seen), 0.0
    for in_step in (True, False):
        work = sum(
            work_of(spec, images(spec)) for spec in _specs(wanted) if trains_in_lock_step(spec.architecture) == in_step
        )
        if not work:
            continue
        pace = _pace(studies, in_step=in_step)
        if pace is None:
            return None
        seconds += work * pace
    return seconds


def _specs(populations: Sequence[PlannedPopulation]) -> list[RunSpec]:
    return [spec for population in populations for spec in population.specs]


def _pace(studies: Sequence[StudyRecord], *, in_step: bool) -> float | None:
    """Seconds for a multiply-add; of populations that train side by side each counts for its part of them."""
    from classlab.training.process.threads import share_of

    seconds, work = 0.0, 0.0
    for study in studies:
        records = {run.identity: run for run in study.runs if run.training is not None}
        for population in plan_runs(study.spec.arms, study.spec.seeds):
            if trains_in_lock_step(population.specs[0].architecture) != in_step:
                continue
            runs = [records[name] for name in population.identities if name in records]
            at_once, _ = share_of(population.beside)
            seconds += max((run.seconds for run in runs), default=0.0) / at_once
            work += sum(work_of(run.spec, run.training.images) for run in runs if run.training is not None)
    return seconds / work if work else None
