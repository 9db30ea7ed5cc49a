"""The steps of the lab, in the order of the course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.lab.steps import clothes, convolution, generalisation, look, optimizers, perceptrons, predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.lab.arms import LabStudy
    from classlab.lab.setting import Setting
    from classlab.lab.step import Step

STEPS: tuple[Step, ...] = tuple(
    module.STEP for module in (look, optimizers, generalisation, predictions, perceptrons, clothes, convolution)
)


def chosen_steps(numbers: Sequence[int] | None) -> tuple[Step, ...]:
    """The steps of these numbers, in the order of the course.

    Args:
        numbers: from 1; None for all.

    Raises:
        SpecError: there is no such step.
    """
    if numbers is None:
        return STEPS
    unknown = [number for number in numbers if number not in range(1, len(STEPS) + 1)]
    if unknown or not numbers:
        raise SpecError(
            f"`only` must name steps from 1 to {len(STEPS)}, but got only={list(numbers)}. "
            "Give 2,5, for example, for two of them."
        )
    return tuple(step for step in STEPS if step.number in numbers)


def studies_of(steps: Sequence[Step], setting: Setting) -> tuple[LabStudy, ...]:
    """Every study that these steps need, each once."""
    found = {study.topic: study for step in steps for study in step.studies(setting)}
    return tuple(found.values())
