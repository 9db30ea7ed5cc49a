"""What the steps write about: the lab's studies as they were measured, and the trained runs behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol

from classlab.analysis import analyse
from classlab.analysis.samples import ended_well

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.analysis import Analysis
    from classlab.lab.setting import Setting
    from classlab.records import Figures, RunRecord, StudyRecord
    from classlab.studies.runs.run import Run

Part = Literal["training", "fitted", "validation", "test"]


class RunSource(Protocol):
    """Whoever hands out trained runs, such as a store."""

    def run(self, identity: str) -> Run:
        """A run with its weights and predictions."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """The measured studies of the lab.

    Args:
        setting: images, seeds and sizes.
        studies: by topic.
        source: where the runs are.
    """

    setting: Setting
    studies: Mapping[str, StudyRecord]
    source: RunSource

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """The reading of each study, by topic: the one that its own report shows."""
        return {topic: analyse(study) for topic, study in self.studies.items()}


def arm_names(study: StudyRecord) -> tuple[str, ...]:
    """Names of the arms in their order."""
    return tuple(arm.name for arm in study.spec.arms)


def runs_of(study: StudyRecord, arm: str) -> tuple[RunRecord, ...]:
    """The runs of an arm, in the order of the seeds."""
    return study.runs_of(arm_names(study).index(arm))


def accuracies(study: StudyRecord, arm: str, part: Part) -> list[float | None]:
    """Accuracy of each seed of an arm, None where the run has no good figure.

    Args:
        study: what was measured.
        arm: name of the arm.
        part: `training` is the running average over the last epoch, as Keras prints it; `fitted` is measured with
            the final weights on training images.
    """
    found = (usable_figures(record, part) for record in runs_of(study, arm))
    return [None if figures is None else figures.accuracy for figures in found]


def usable_figures(record: RunRecord, part: Part) -> Figures | None:
    """Figures of one part; None for a run that did not come to its end, whose figures would be of an earlier epoch."""
    figures: Figures | None = getattr(record, part) if ended_well(record) else None
    return figures


def first_usable(study: StudyRecord, arm: str) -> RunRecord | None:
    """The first run of an arm that came to its end."""
    return next((record for record in runs_of(study, arm) if usable_figures(record, "test") is not None), None)
