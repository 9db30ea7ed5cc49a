"""What a run says of pictures from anywhere, and what speaks against it: the command and the page ask here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlab.errors import shown
from classlab.studies.runs.images_at_hand import images_at_hand, names_its_data
from classlab.studies.runs.views import why_no_likeness
from classlab.studies.shown.pictures import background_warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.studies.runs.likeness import Unlikeness
    from classlab.studies.runs.run import Run
    from classlab.studies.shown.pictures import ForeignPicture


class UnlikeFacts(NamedTuple):
    """How unlike the training images a picture is; see `Unlikeness`."""

    score: float
    threshold: float
    false_alarm_rate: float
    validation_images: int
    flagged: bool


class Answer(NamedTuple):
    """What a run says of one picture.

    Args:
        probabilities: float32, `(classes,)`.
        best: the most probable class, as in "8 at 53 %".
        unlike: how unlike the training images it is; None where that cannot be told.
        warning: what speaks against the answer, a sentence.
    """

    probabilities: NDArray[np.float32]
    best: str
    unlike: UnlikeFacts | None
    warning: str | None


class Remedies(NamedTuple):
    """What to do about a picture whose background is not that of the training images, in the reader's words.

    Args:
        turn: where it was not inverted.
        leave: where it was.
    """

    turn: str
    leave: str


COMMANDS = Remedies(turn="Try --invert", leave="Leave --invert out")


def answers(
    run: Run, pictures: Sequence[ForeignPicture], *, inverted: bool, remedies: Remedies = COMMANDS
) -> list[Answer]:
    """Asks a run about pictures.

    Args:
        run: the run.
        pictures: as its network sees them; see `foreign_picture`.
        inverted: whether dark and bright were swapped.
        remedies: what sentences advise.

    Raises:
        SpecError: the run has no usable weights.
    """
    if not pictures:
        return []
    images = np.stack([picture.pixels for picture in pictures])
    probabilities = run.predict(images)
    unlike = run.unlikeness(images, probabilities=probabilities)
    said = [f"{run.class_names[int(row.argmax())]} at {100 * float(row.max()):.0f} %" for row in probabilities]
    background = [
        background_warning(picture, run.border, remedy=remedies.leave if inverted else remedies.turn)
        for picture in pictures
    ]
    turned = run.unlikeness(255 - images) if any(background) else None
    return [
        Answer(
            probabilities[place],
            said[place],
            None if unlike is None else _facts(unlike, place),
            # Of two sentences the one about the background, where turning it is what helps.
            background[place]
            if unlike is None or (background[place] is not None and turned is not None and not turned.alarms[place])
            else _unlike_warning(picture.name, unlike, place, best=said[place]),
        )
        for place, picture in enumerate(pictures)
    ]


def _facts(unlike: Unlikeness, place: int) -> UnlikeFacts:
    return UnlikeFacts(
        score=float(unlike.scores[place]),
        threshold=unlike.threshold,
        false_alarm_rate=unlike.false_alarms,
        validation_images=unlike.images,
        flagged=bool(unlike.alarms[place]),
    )


def _unlike_warning(name: str, unlike: Unlikeness, place: int, *, best: str) -> str | None:
    """A sentence where one of some pictures is unlike the training images, else None."""
    if not unlike.alarms[place]:
        return None
    return (
        f"{name} is unlike the training images (its score is above that of {100 * (1 - unlike.false_alarms):.0f} % of "
        f"the {unlike.images:,} validation images): its answer, {best}, is not to be trusted."
    )


def calibrate_at_hand(run: Run, *, stored: bool) -> str | None:
    """Lets a run that was not calibrated learn from its images what they have in common, if they are at hand.

    Args:
        run: the run; most of those of studies are not calibrated before they are asked.
        stored: whether it lies in a store.

    Returns:
        None, or a sentence: why it cannot tell pictures that are unlike its training images.
    """
    why = None if run.calibrated else _uncalibrated(run, stored=stored)
    return None if why is None else f"Pictures that are unlike the training images are not told, because {why}."


def _uncalibrated(run: Run, *, stored: bool) -> str | None:
    why = why_no_likeness(run.record)
    if why is not None:
        return why
    if not names_its_data(run, stored=stored):
        name = shown(run.record.spec.data.name)
        return f"the run's folder has no calibration and names its images by a path, {name}, which is not followed"
    images = images_at_hand(run.record)
    if isinstance(images, str):
        return images
    why = why_no_likeness(run.record, images.divided_as(run.record.spec.data))
    if why is None:
        run.calibrate(images)
    return why if run.calibrated or why is not None else "its weights are beyond all numbers"
