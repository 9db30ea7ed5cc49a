"""The lab's figures for programs: every arm's accuracies by seed, beside what was published for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from classlab.lab.published import PUBLISHED, Exercise
from classlab.lab.results import Part, accuracies, arm_names
from classlab.lab.side_by_side import is_comparable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.records import StudyRecord

EXERCISES: dict[str, Exercise] = {
    "optimizers": "five epochs",
    "more-epochs": "twenty epochs",
    "perceptrons": "perceptrons",
    "other-images": "clothes",
    "scaling": "convolution",
}


def lab_figures(studies: Mapping[str, StudyRecord]) -> dict[str, Any]:
    """Plain figures by topic.

    Args:
        studies: what was measured, by topic.
    """
    return {topic: _study(study, EXERCISES.get(topic)) for topic, study in studies.items()}


def _study(study: StudyRecord, exercise: Exercise | None) -> dict[str, Any]:
    return {
        "study": study.spec.name,
        "data": study.spec.arms[0].spec.data.name,
        "seeds": list(study.spec.seeds),
        "seconds": study.seconds,
        "comparable": exercise is not None and is_comparable(study, exercise),
        "arms": [_arm(study, arm, exercise) for arm in arm_names(study)],
    }


def _arm(study: StudyRecord, arm: str, exercise: Exercise | None) -> dict[str, Any]:
    published = () if exercise is None else PUBLISHED[exercise].of(arm)
    return {
        "arm": arm,
        **{part: accuracies(study, arm, part) for part in get_args(Part)},
        "published": [
            {"train": figure.train, "test": figure.test, "labelled": figure.labelled, "defect": figure.defect}
            for figure in published
        ],
    }
