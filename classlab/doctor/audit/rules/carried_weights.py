"""C8: arms that begin with the weights of another, or share its optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.network import HAS_WEIGHTS
from classlab.doctor.audit.rows import same_rows
from classlab.doctor.audit.rules.arms import groups_of, together
from classlab.doctor.audit.values import CallResult, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Fit
    from classlab.records.finding import Severity

RULES = ("C8",)


def check(trace: Trace) -> Iterator[Draft]:
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
