"""What becomes of an earlier study whose name is used again: its confirmation is kept, or its loss is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted
from classlab.records import configuration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import Arm, RunRecord, StudyRecord, StudySpec
    from classlab.studies.work.standing import TrainedStudy


def replaced_notices(spec: StudySpec, earlier: StudyRecord | TrainedStudy | None) -> tuple[str, ...]:
    """That an earlier study of this name had arms which this one lacks; nothing where it only grows.

    Args:
        spec: what is asked for now.
        earlier: the study that has the name so far, finished or stopped; None where there is none.
    """
    if earlier is None:
        return ()
    kept = {configuration(arm.spec) for arm in spec.arms}
    lost = sum(configuration(arm.spec) not in kept for arm in earlier.spec.arms)
    if not lost:
        return ()
    arms = len(earlier.spec.arms)
    which = f"{counted(arms, 'arm')}, {count(lost)} of which {'is' if lost == 1 else 'are'} not in this one"
    if lost == arms:
        which = "another arm" if arms == 1 else f"{count(arms)} other arms"
    return (
        f"The store had a study {spec.name!r} with {which}; this study takes its place, and the runs of the earlier "
        "one are kept.",
    )


def kept_confirmation(
    earlier: StudyRecord | None, finalists: Sequence[Arm], fresh: Sequence[int]
) -> tuple[RunRecord, ...]:
    """The runs of an earlier confirmation, where it is of these arms on these seeds; none otherwise.

    Args:
        earlier: the study that has the name so far; None where there is none.
        finalists: the arms that would be confirmed now.
        fresh: the seeds that they would be confirmed on.
    """
    if earlier is None:
        return ()
    wanted = [spec for arm in finalists for spec in arm.run_specs(fresh)]
    return earlier.confirmation if [run.spec for run in earlier.confirmation] == wanted else ()


def confirmed_seeds(earlier: StudyRecord | None) -> int:
    """On how many fresh seeds an earlier study was confirmed."""
    return 0 if earlier is None else len({run.spec.seed for run in earlier.confirmation})


def lost_confirmation(seeds: int) -> str:
    """The sentence on a confirmation that cannot be kept.

    Args:
        seeds: how many fresh ones it had.
    """
    return (
        f"An earlier confirmation on {counted(seeds, 'fresh seed')} belonged to this study as it was then, and is "
        f"left out. Confirm anew with --confirm {seeds}."
    )
