"""C3 and C4: test images that serve for validation, and choices that are made by their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.values import Const, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.spot import Spot
    from classlab.doctor.audit.trainings import Choice, Fit, Score, Trace
    from classlab.doctor.audit.values import Made

RULES = ("C3", "C4")
_CHOOSERS = {"EarlyStopping": 0, "ModelCheckpoint": 1, "ReduceLROnPlateau": 0, "BackupAndRestore": None}
_REMEDY = "Set a share of the training images aside, choose by those, and open the test images once at the end."


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the validation rows of every `fit`, its callbacks, and at every choice between scores."""
    for fit in trace.fits:
        yield from _validation(fit)
        for callback in fit.callbacks:
            yield from _callback(fit, callback)
    for choice in trace.choices:
        yield from _chosen(choice)
    for search in trace.searched:
        if search.validation is not None and search.validation.role == "test":
            yield _choice_draft("A tuner searches for the best settings by the test images.", search.spot, ())


def _validation(fit: Fit) -> Iterator[Draft]:
    images = fit.validation[0] if fit.validation else None
    if images is None or not images.holds_test_rows:
        return
    as_validation = images.role == "validation"
    if as_validation and any(row.selections for row in images.rows):
        return  # a share of the test images set aside for this
    yield Draft(
        rule="C3",
        name="test-as-validation",
        severity="INFO" if as_validation else "WARN",
        text="The test images are the validation images of this training"
        + (", and none are left for the end." if as_validation else "."),
        spot=fit.spot,
        also=() if images.origin is None else (images.origin,),
        cause="The test images are looked at after every epoch, and whoever looks at them chooses by them.",
        remedy=_REMEDY,
    )


def _callback(fit: Fit, callback: Made) -> Iterator[Draft]:
    images = fit.validation[0] if fit.validation else None
    if images is None or images.role != "test" or callback.kind not in _CHOOSERS:
        return
    if callback.kind == "ModelCheckpoint" and callback.kwargs.get("save_best_only") != Const(True):
        return
    monitor = callback.argument("monitor", _CHOOSERS[callback.kind])
    watched = "val_loss" if monitor is None else text_of(monitor)
    if watched is None or not watched.startswith("val_") or callback.kind == "BackupAndRestore":
        return
    yield _choice_draft(
        f"{callback.kind} chooses by `{watched}`, which is measured on the test images.", callback.spot, (fit.spot,)
    )


def _chosen(choice: Choice) -> Iterator[Draft]:
    scores = [score for score in choice.scores if score.role == "test"]
    arms = {_arm(score) for score in scores}
    if len(arms) < 2:
        return
    how = {"sorted": "put in order", "compared": "compared with one another"}.get(choice.way, "chosen from")
    spots = tuple(dict.fromkeys(fit.spot for score in scores for fit in score.fits[-1:]))
    yield _choice_draft(f"The scores of {len(arms)} trainings on the test images are {how} here.", choice.spot, spots)


def _arm(score: Score) -> object:
    return frozenset(id(fit) for fit in score.fits) if score.fits else id(score.model)


def _choice_draft(text: str, spot: Spot, also: tuple[Spot, ...]) -> Draft:
    return Draft(
        rule="C4",
        name="choice-on-test",
        severity="INVALID",
        text=text,
        spot=spot,
        also=also,
        cause="The best of several scores is the luckiest too: what the test images chose, they flatter.",
        remedy=_REMEDY,
        limits="A table that is put in order only to be read is a choice for whoever reads it.",
    )
