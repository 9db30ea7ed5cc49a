"""C3, C4 and C9: test images that serve for validation, choices by their scores, and the best of all epochs.

How grave C3 is depends on what is done with the figures. Many published examples hand the test images to `fit` to see
two curves, and choose nothing: INFO. Where several arms are watched by the same test images, or the best epoch on them
is reported, or the program chooses by them: WARN; that choice is INVALID, as C4 at the line that makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.rows import share_rows
from classlab.doctor.audit.rules.arms import configuration_of
from classlab.doctor.audit.values import Const, Items, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trace import Choice, Trace
    from classlab.doctor.audit.trainings import Fit, Model, Score
    from classlab.doctor.audit.values import CallResult, Value
    from classlab.records.finding import Severity

RULES = ("C3", "C4", "C9")
_CHOOSERS = {"EarlyStopping": 0, "ModelCheckpoint": 1, "ReduceLROnPlateau": 0}  # and the place of `monitor`
_TOGETHER = 2  # lines between the smallest and the largest of a range, as in a text over several lines


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the validation rows of every `fit`, its callbacks, and at every choice between scores."""
    choices = [choice for choice in trace.choices if not _is_range(choice, trace) and not _is_worst(choice)]
    chosen = {id(fit) for choice in choices for score in _on_test(choice) for fit in score.fits}
    watched_by_test: dict[Location, Draft] = {}  # a line that trains several arms is named once, by the gravest of them
    for fit in trace.fits:
        for draft in _validation(fit, trace, chosen):
            known = watched_by_test.get(draft.location)
            if known is None or (known.severity, draft.severity) == ("INFO", "WARN"):
                watched_by_test[draft.location] = draft
    yield from watched_by_test.values()
    for fit in trace.fits:
        for callback in fit.callbacks:
            watched = _watched(fit, callback)
            if watched is not None:
                text = f"{callback.kind} chooses by `{watched}`, which is measured on the test images."
                yield found("C4", text, callback.location, (fit.location,))
    yield from _chosen(choices)
    for search in trace.searched:
        if search.validation is not None and search.validation.role == "test":
            yield found("C4", "A tuner searches for the best settings by the test images.", search.location)
    yield from _best_epochs(trace)


def _validation(fit: Fit, trace: Trace, chosen: set[int]) -> Iterator[Draft]:
    images = fit.validation_images
    if images is None or not images.holds_test_rows:
        return
    as_validation = images.role == "validation"
    if as_validation and any(row.selections for row in images.rows):
        return  # a share of the test images set aside for this
    severity, more = _gravity(fit, images, trace, chosen)
    if as_validation and severity == "INFO":
        more = ", and none are left for the end"
    text = f"The test images are the validation images of this training{more}."
    yield found("C3", text, fit.location, (images.origin,), severity=severity)


def _gravity(fit: Fit, images: Facts, trace: Trace, chosen: set[int]) -> tuple[Severity, str]:
    """How grave it is, and what of it says so."""
    if id(fit) in chosen or any(_watched(fit, callback) for callback in fit.callbacks):
        return "WARN", ", and a choice is made by their figures"
    watching = [each for each in trace.fits if _watches(each, fit, images)]
    arms = {configuration_of(each) or id(each.model) for each in watching}
    if len(arms) > 1 and len({id(each.model) for each in watching}) > 1:
        return "WARN", ", and of others that it is compared with"
    best = {id(each) for said in trace.reported if said.score.best is not None for each in said.score.fits}
    return ("WARN", ", and its best epoch on them is reported") if id(fit) in best else ("INFO", "")


def _watches(other: Fit, fit: Fit, images: Facts) -> bool:
    """Whether another training of a classifier is watched by the same test images."""
    theirs = other.validation_images
    if other is fit:
        return True
    classes = all(each.labels is not None and each.labels.kind == "labels" for each in (fit, other))
    return classes and theirs is not None and share_rows(theirs.rows, images.rows) is True


def _watched(fit: Fit, callback: CallResult) -> str | None:
    """The figure of the test images that a callback chooses by; None where it does not."""
    images = fit.validation_images
    if images is None or images.role != "test" or callback.kind not in _CHOOSERS:
        return None
    if callback.kind == "ModelCheckpoint" and callback.kwargs.get("save_best_only") != Const(True):
        return None
    monitor = callback.argument("monitor", _CHOOSERS[callback.kind])
    watched = "val_loss" if monitor is None else text_of(monitor)
    return watched if watched is not None and watched.startswith("val_") else None


def _on_test(choice: Choice) -> list[Score]:
    scores = [score for score in choice.scores if score.role == "test"]
    return scores if len({_arm(score) for score in scores}) > 1 else []


def _is_range(choice: Choice, trace: Trace) -> bool:
    """Whether scores are given as a range: the smallest and the largest together, or of one configuration's runs."""
    fits = [fit for score in choice.scores for fit in score.fits[-1:]]
    others = [each for each in trace.choices if each.scores == choice.scores]
    same = {configuration_of(fit) for fit in fits}
    if {"largest", "smallest"} <= {each.way for each in others} and len(same) == 1 and None not in same:
        return True
    beside = {each.way for each in others if not each.picks and _near(each.location, choice.location)}
    return not choice.picks and {"largest", "smallest"} <= beside


def _near(one: Location, other: Location) -> bool:
    return one.cell == other.cell and abs(one.line - other.line) <= _TOGETHER


def _is_worst(choice: Choice) -> bool:
    """Whether the smallest of some accuracies is asked for: the worst of them is no choice."""
    return choice.way == "smallest" and all(
        score.figure == "accuracy" and score.model is not None and _counts_right(score.model) for score in choice.scores
    )


def _counts_right(model: Model) -> bool:
    """Whether all figures that a model was compiled with are accuracies."""
    metrics = model.compiled.metrics if model.compiled is not None else None
    names = [str(each.value) if isinstance(each, Const) else getattr(each, "name", "") for each in _listed(metrics)]
    return bool(names) and all(name.lower().endswith(("acc", "accuracy")) for name in names)


def _listed(metrics: Value | None) -> tuple[Value, ...]:
    return metrics.items if isinstance(metrics, Items) else () if metrics is None else (metrics,)


def _chosen(choices: list[Choice]) -> Iterator[Draft]:
    """Choices by scores on the test images; one that a loop makes turn by turn is named once, by the most trainings."""
    largest: dict[tuple[Location, str], tuple[int, list[Score]]] = {}
    for choice in choices:
        scores = _on_test(choice)
        how = {"sorted": "put in order", "compared": "compared with one another"}.get(choice.way, "chosen from")
        arms = len({_arm(score) for score in scores})
        if arms > largest.get((choice.location, how), (0, []))[0]:
            largest[choice.location, how] = (arms, scores)
    for (location, how), (arms, scores) in largest.items():
        text = f"The scores of {arms} trainings on the test images are {how} here."
        yield found("C4", text, location, dict.fromkeys(fit.location for score in scores for fit in score.fits[-1:]))


def _arm(score: Score) -> object:
    return frozenset(id(fit) for fit in score.fits) if score.fits else id(score.model)


def _best_epochs(trace: Trace) -> Iterator[Draft]:
    """Scores that were picked over the epochs and then printed, kept or compared."""
    scores = [(reported.score, reported.location) for reported in trace.reported]
    scores += [(score, choice.location) for choice in trace.choices for score in choice.scores]
    for score, location in scores:
        if score.best is not None and score.figure.startswith("val_"):
            severity: Severity = "INFO" if all(_restores(fit) for fit in score.fits) else "WARN"
            text = f"The best `{score.figure}` of all epochs is reported, not that of a fixed epoch."
            also = (location, *(fit.location for fit in score.fits[:3]))
            yield found("C9", text, score.best, also, severity=severity)


def _restores(fit: Fit) -> bool:
    """Whether the weights of the best epoch are those that are kept."""
    kept = ("restore_best_weights", "save_best_only")
    return any(callback.kwargs.get(word) == Const(True) for callback in fit.callbacks for word in kept)
