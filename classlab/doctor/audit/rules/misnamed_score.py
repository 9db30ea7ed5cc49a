"""C11: a score of the images that were trained on under the name of a test score, or the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.rows import share_rows
from classlab.doctor.audit.trainings import Curve, Naming, Score, Scores
from classlab.doctor.audit.words import split_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Trace

RULES = ("C11",)
# Beside these, "training" names the images; beside others it may be the time: "accuracy after training".
_OF_IMAGES = {
    "train", "training", "acc", "accuracy", "loss", "score", "error", "on", "the", "images", "set", "data", "of", "is",
}  # fmt: skip


def check(trace: Trace) -> Iterator[Draft]:
    """Holds every name that speaks of test, validation or training images against those that were measured."""
    for naming in trace.namings:
        claimed, measured = split_of(naming.text), _measured(naming, trace)
        if claimed is None or not measured or naming.how == "the function":
            continue
        if naming.how != "the printed text" and any(letter.isdigit() for letter in naming.text):
            continue  # "test 3" is a trial
        wrong = measured == "train" if claimed != "train" else measured == "test" and _names_images(naming.text)
        if wrong:
            yield _draft(naming, claimed, measured)


def _names_images(text: str) -> bool:
    return set(words_of(text)) <= _OF_IMAGES


def _measured(naming: Naming, trace: Trace) -> str:
    """What the images are for that a figure was measured on: "train" where all of them were trained on."""
    value = naming.value
    if isinstance(value, Curve):
        return "" if value.figure.startswith("val_") or value.figure not in ("accuracy", "acc", "loss") else "train"
    if not isinstance(value, Score | Scores) or value.model is None:
        return ""
    if value.role == "test":
        return "test"
    found = [each for each in trace.evaluations if each.model is value.model and each.images is not None]
    seen = [each.images.rows for each in found if each.images is not None and each.images.role == value.role == "train"]
    trained = [fit.images.rows for fit in value.fits if fit.images is not None]
    both = bool(seen) and all(any(share_rows(rows, each) is True for each in trained) for rows in seen)
    return "train" if both else ""


def _draft(naming: Naming, claimed: str, measured: str) -> Draft:
    text = " ".join(naming.text.split())
    return Draft(
        rule="C11",
        name="misnamed-score",
        severity="INVALID",
        text=f"{naming.how[0].upper()}{naming.how[1:]} `{text if len(text) <= 60 else f'{text[:57]}...'}` speaks of "
        f"{_SAID[claimed]} images, but the figure is of {_SAID[measured]} images.",
        location=naming.location,
        also=tuple(fit.location for fit in getattr(naming.value, "fits", ())[-1:]),
        evidence=(("images in the name", claimed, ""), ("images that were measured", measured, claimed)),
        cause="Images that a network was trained on flatter it, so that the two figures say different things.",
        remedy="Measure the images that the name speaks of, or rename the figure.",
        limits="The name may mean something else by the word, as a test of the program.",
    )


_SAID = {"train": "training", "test": "test", "validation": "validation"}
