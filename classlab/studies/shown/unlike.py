"""What is said of a picture that is unlike the training images, and of a run that cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.studies.runs.likeness import Unlikeness


def unlike_warning(path: Path, unlike: Unlikeness, place: int, *, answer: str) -> str | None:
    """A sentence where one of some pictures is unlike the training images, else None.

    Args:
        path: the picture's file.
        unlike: of all pictures.
        place: the picture's position among them.
        answer: what the network says of it, as in "8 at 53 %".
    """
    if not unlike.alarms[place]:
        return None
    return (
        f"{path} is unlike the training images (its score is above that of {100 * (1 - unlike.false_alarms):.0f} % of "
        f"the {unlike.images:,} validation images): its answer, {answer}, is not to be trusted."
    )


def not_calibrated(why: str) -> str:
    """Said once of a run without the measure.

    Args:
        why: a clause.
    """
    return f"Pictures that are unlike the training images are not told, because {why}."
