"""E1: callbacks and arguments of a training that can never act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.values import Const, text_of, whole_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Fit, Trace
    from classlab.doctor.audit.values import CallResult

RULES = ()  # E1 is that of `without_effect`
# Callbacks of Keras that wait: the place and the default of `patience`.
_WAITING: Final = {"EarlyStopping": (2, 0), "ReduceLROnPlateau": (2, 10)}


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at what the callbacks of every training watch, and for how long they wait."""
    for fit in trace.fits:
        yield from _without_validation(fit)
        yield from _waiting_too_long(fit)
        if fit.validation is not None and fit.validation_split:
            text = "`validation_split` has no effect beside `validation_data`."
            yield found("E1 never acts", text, fit.location, remedy="Leave one of the two out.")


def _without_validation(fit: Fit) -> Iterator[Draft]:
    if fit.validation is not None or fit.validation_split or not fit.validation_known:
        return
    for callback in fit.callbacks:
        watched = _monitor(callback)
        if watched is not None and watched.startswith("val_"):
            text = f"{callback.kind} watches `{watched}`, which does not exist: the training has no validation images."
            remedy = "Set a share of the training images aside, as in validation_split=0.1."
            yield found("E1 never acts", text, callback.location, (fit.location,), remedy=remedy)


def _waiting_too_long(fit: Fit) -> Iterator[Draft]:
    waiting = {each.kind: each for each in fit.callbacks if each.kind in _WAITING and _patience(each) is not None}
    stop, reduce = waiting.get("EarlyStopping"), waiting.get("ReduceLROnPlateau")
    if stop is not None and reduce is not None and _monitor(stop) == _monitor(reduce) is not None:
        ends, waits = _patience(stop) or 0, _patience(reduce) or 0
        if waits >= ends and "start_from_epoch" not in stop.kwargs:
            text = (
                f"ReduceLROnPlateau waits for {waits} epochs without improvement, but EarlyStopping ends the training "
                f"after {ends}."
            )
            also, remedy = (stop.location, fit.location), "Let it wait for fewer epochs."
            yield found("E1 never acts", text, reduce.location, also, remedy=remedy)
            return
    for each in waiting.values():
        patience = _patience(each) or 0
        if fit.epochs is not None and 0 < fit.epochs <= patience and not _restores(each):
            text = f"{each.kind} waits for {patience} epochs without improvement, and the training has {fit.epochs}."
            remedy = "Let it wait for fewer epochs, or train for more."
            yield found("E1 never acts", text, each.location, (fit.location,), remedy=remedy)


def _monitor(callback: CallResult) -> str | None:
    """The figure that a callback acts by; None where it acts by none, or that is not known."""
    if not callback.name.startswith("keras.callbacks.") or "?" in callback.kwargs:
        return None
    if callback.kind == "ModelCheckpoint":
        given = callback.argument("monitor", 1)
        acts = callback.kwargs.get("save_best_only") == Const(True)
        return None if not acts else "val_loss" if given is None else text_of(given)
    if callback.kind not in _WAITING:
        return None
    given = callback.argument("monitor", 0)
    return "val_loss" if given is None else text_of(given)


def _patience(callback: CallResult) -> int | None:
    if "?" in callback.kwargs:
        return None
    place, default = _WAITING[callback.kind]
    given = callback.argument("patience", place)
    return default if given is None else whole_of(given)


def _restores(callback: CallResult) -> bool:
    return callback.kwargs.get("restore_best_weights", Const(False)) != Const(False)
