"""C2, C7 and C8: arms that are one configuration, differ in their epochs besides, or begin where another ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.network import HAS_WEIGHTS, PLAIN_WEIGHTS
from classlab.doctor.audit.rows import same_rows
from classlab.doctor.audit.rules.arms import Member, configuration_of, groups_of, together
from classlab.doctor.audit.rules.misnamed import wrong_optimizers
from classlab.doctor.audit.values import CallResult, number_of
from classlab.doctor.audit.words import OPTIMIZERS, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Fit
    from classlab.records.finding import Severity

_NAMED = 6  # arms that a finding names
RULES = ("C2", "C7", "C8")
# Words that claim a setting; arms whose names differ in other words may be repetitions of one another.
_SETTINGS = {
    *OPTIMIZERS, "relu", "sigmoid", "tanh", "elu", "selu", "gelu", "dropout", "batchnorm", "bn", "l1", "l2",
    "augmented", "augmentation", "deep", "shallow", "wide", "narrow", "small", "large", "big", "cnn", "mlp", "linear",
    "lr", "momentum", "regularized", "decay",
}  # fmt: skip


def check(trace: Trace) -> Iterator[Draft]:
    """Compares the arms of every group, pair by pair for their settings, all together for their epochs."""
    wrong_names = any(True for _ in wrong_optimizers(trace))
    for members in groups_of(trace):
        if not wrong_names:  # else the names are what is wrong
            yield from _identical(members)
        yield from _unequal_epochs(members)
    yield from _trained_starts(trace)


def _identical(members: list[Member]) -> Iterator[Draft]:
    """Arms of one configuration, each such group once."""
    groups: dict[object, list[Member]] = {}
    for member in members:
        configuration = configuration_of(member.fit)
        if configuration is None or member.key is None or member.fit.epochs is None:
            continue
        group = groups.setdefault((configuration, member.fit.epochs), [])
        if not group or (together(group[0].fit, member.fit) and _claims(group[0].key, member.key)):
            group.append(member)
    for group in groups.values():
        if len(group) > 1:
            names = listed([f"`{member.key}`" for member in group[:_NAMED]])
            count = {2: "two", 3: "three", 4: "four"}.get(len(group), str(len(group)))
            text = f"The arms {names} are the same configuration under {count} names."
            yield found("C2", text, group[1].location, dict.fromkeys(member.fit.location for member in group))


def _claims(one: object, other: object) -> bool:
    """Whether two names claim different settings, rather than numbering repetitions."""
    mine, theirs = _parts(one), _parts(other)
    return bool((mine ^ theirs) & _SETTINGS) or any("." in part or "e-" in part for part in mine ^ theirs)


def _parts(key: object) -> set[str]:
    parts: set[str] = set()
    for part in key if isinstance(key, tuple) else (key,):
        parts |= {str(part)} if isinstance(part, float) else set(words_of(part)) if isinstance(part, str) else set()
        pieces = part.replace("=", " ").replace("_", " ").split() if isinstance(part, str) else ()
        parts |= {word for word in pieces if "." in word and word.replace(".", "").isdigit()}
    return parts


def _unequal_epochs(members: list[Member]) -> Iterator[Draft]:
    """Different epochs are a fault where something else differs too and no arm was trained for both."""
    totals: list[tuple[object, int, Member]] = []
    last = {id(member.fit.model): member for member in members}  # a model that is trained on is one arm
    for member in last.values():
        epochs = _all_epochs(member.fit)
        if epochs is None or any(callback.kind == "EarlyStopping" for callback in member.fit.callbacks):
            return
        totals.append((configuration_of(member.fit), epochs, member))
    known = [configuration for configuration, _, _ in totals]
    counts = {epochs for _, epochs, _ in totals}
    if None in known or len(counts) < 2 or max(counts) <= (1 + at.BUDGET_DIFFERENCE) * min(counts):
        return
    per_arm: dict[object, set[int]] = {}
    for configuration, epochs, _ in totals:
        per_arm.setdefault(configuration, set()).add(epochs)
    if any(len(each) > 1 for each in per_arm.values()) or len({_family(member.fit) for _, _, member in totals}) < 2:
        return
    shortest, longest = (next(each for each in totals if each[1] == ends) for ends in (min(counts), max(counts)))
    if shortest[2].fit.fold or not together(shortest[2].fit, longest[2].fit):
        return
    yield found(
        "C7",
        f"The arms that are compared here were trained for different times: {shortest[1]} and {longest[1]} epochs.",
        longest[2].fit.location,
        (shortest[2].fit.location, longest[2].location),
        evidence=(("epochs", f"{shortest[1]} and {longest[1]}", "the same"),),
    )


def _all_epochs(fit: Fit) -> int | None:
    """Epochs since the weights were new."""
    counts = [each.epochs for each in (*fit.earlier, fit)]
    return None if None in counts else sum(count or 0 for count in counts)


def _family(fit: Fit) -> object:
    """What is compared: the optimizer's settings, or the layers."""
    configuration = configuration_of(fit)
    weights = sum(layer.kind in PLAIN_WEIGHTS for layer in fit.network.layers)
    return configuration or weights


def _trained_starts(trace: Trace) -> Iterator[Draft]:
    """Looks for models that are trained again as if they were new, and for layers and optimizers used twice."""
    # The curves of two phases of one training are drawn into one figure too; a container holds arms.
    compared = {id(member.fit) for members in groups_of(trace, figures=False) for member in members}
    measured = {id(evaluation.fits[-1]) for evaluation in trace.evaluations if evaluation.fits}
    for place, fit in enumerate(trace.fits):
        if fit.earlier:
            yield from _again(fit, compared, measured)
            continue
        for before in trace.fits[:place]:
            if before.model is not fit.model and together(before, fit):
                found = list(_shared(before, fit))
                yield from found
                if found:
                    break


def _again(fit: Fit, compared: set[int], measured: set[int]) -> Iterator[Draft]:
    before = fit.earlier[-1]
    if fit.thawed:
        return
    folds = fit.fold and before.fold and fit.images is not None and before.images is not None
    if folds and fit.images is not None and before.images is not None and fit.images.rows != before.images.rows:
        yield _draft(fit, before, "The model of one fold goes on with the weights of the fold before.")
        return
    if not fit.recompiled or fit.compiled is None or before.compiled is None:
        return
    changed = None not in (fit.optimizer, before.optimizer) and fit.optimizer != before.optimizer
    both_compared = id(fit) in compared and id(before) in compared
    in_loop = bool(fit.turns) and fit.location == before.location and fit.turns != before.turns
    both_measured = id(fit) in measured and id(before) in measured
    lowered = not changed and _is_lower(fit, before)  # a schedule by hand, unless the phases are measured one by one
    if (
        (in_loop and (both_measured or not lowered) and (changed or _same_rows(fit, before)))
        or both_compared
        or (changed and (both_measured or fit.location == before.location))
    ):
        text = "A model that was trained before is compiled again and trained on, with the weights that it had."
        yield _draft(fit, before, text)


def _same_rows(fit: Fit, before: Fit) -> bool:
    """Whether both learn from the same rows; with more rows every time, it is one training that goes on."""
    return (
        fit.images is not None and before.images is not None and same_rows(fit.images.rows, before.images.rows) is True
    )


def _is_lower(fit: Fit, before: Fit) -> bool:
    rates = [
        number_of(each.compiled.optimizer.argument("learning_rate", 0))
        for each in (before, fit)
        if each.compiled is not None and isinstance(each.compiled.optimizer, CallResult)
    ]
    return len(rates) == 2 and rates[0] is not None and rates[1] is not None and rates[1] < rates[0]


def _shared(before: Fit, fit: Fit) -> Iterator[Draft]:
    mine, theirs = ({id(layer) for layer in each.network.layers if layer.kind in HAS_WEIGHTS} for each in (fit, before))
    if mine and mine == theirs and fit.compiled is not None and not fit.thawed and fit.trainables == before.trainables:
        text = "This model is made of the same layer objects as one that was trained before, weights and all."
        yield _draft(fit, before, text)
        return
    optimizers = [each.compiled.optimizer if each.compiled is not None else None for each in (before, fit)]
    if isinstance(optimizers[0], CallResult) and optimizers[0] is optimizers[1]:
        text = "One optimizer object trains two models; it keeps the state, and the variables, of the first."
        yield _draft(fit, before, text, severity="WARN")


def _draft(fit: Fit, before: Fit, text: str, *, severity: Severity | None = None) -> Draft:
    return found("C8", text, fit.location, (fit.model.location, before.location), severity=severity)
