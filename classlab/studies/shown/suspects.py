"""Doubtful labels before people: sentences about how many there are, and pictures of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import count, counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.datasets.leave_out import Suspect
    from classlab.statistics import LabelErrors

_PAGE = 60  # pictures on one page, 6 columns of 10
_LEARNT = 1 / 3  # of what naming the largest class gets wrong: networks that get less right of it mostly guess
_PAGES = 10  # nobody looks at more; the list has all


def cleaning_sentences(errors: LabelErrors, *, who: str, dataset: Dataset) -> tuple[str, ...]:
    """How many labels are doubtful, and what that rests on.

    Args:
        errors: what was found.
        who: the networks that judged.
        dataset: the images.
    """
    images, doubtful = counted(errors.images, "training image"), len(errors.doubtful)
    judged = (
        f"{who} judged {images} of {dataset.name}, each by networks that were not trained on it; they agree with "
        f"{percent(errors.accuracy)} of the labels."
    )
    if not doubtful:
        return (judged, "No label is doubtful: of no image are they confident that it belongs to another class.")
    wrong = round(errors.estimated)
    return (
        judged,
        *_hardly_learnt(errors, dataset),
        f"{counted(doubtful, 'label')} {'is' if doubtful == 1 else 'are'} doubtful: the networks are confident of "
        f"another class. By how often they are, about {count(wrong)} of the {count(errors.images)} labels "
        f"({percent(errors.estimated / errors.images)}) would be wrong if the networks erred in nothing.",
        "They do err, so right labels are among the doubtful ones: look at the pictures before anything is left out.",
    )


def _hardly_learnt(errors: LabelErrors, dataset: Dataset) -> tuple[str, ...]:
    """Says that the networks know too little to doubt a label, where that is so."""
    largest = float(np.bincount(dataset.train.labels).max() / len(dataset.train))
    if errors.accuracy - largest >= _LEARNT * (1 - largest):
        return ()
    return (
        f"Always naming the largest class would agree with {percent(largest)}: these networks have learnt little, and "
        "what they doubt says little. Train longer, or another model, before anything is left out.",
    )


def suspect_pictures(dataset: Dataset, suspects: Sequence[Suspect]) -> dict[str, bytes]:
    """PNG files by name: the surest mistakes, page by page.

    Args:
        dataset: the images.
        suspects: surest mistakes first.
    """
    from classlab.datasets.pictures import suspects_tile

    pages = [suspects[at : at + _PAGE] for at in range(0, min(len(suspects), _PAGES * _PAGE), _PAGE)]
    found = {}
    for number, page in enumerate(pages):
        first = number * _PAGE + 1
        title = f"doubtful labels {first} to {first + len(page) - 1} of {len(suspects)}, the surest first"
        content = io.BytesIO()
        suspects_tile(dataset, page, title=title).save(content, format="PNG")
        found[f"suspects-{number + 1}.png"] = content.getvalue()
    return found
