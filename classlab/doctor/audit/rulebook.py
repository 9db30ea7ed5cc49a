"""All rules of the audit: what they find, in which order it is given, and which of them could look at all they need."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit import bounds
from classlab.doctor.audit.objective import loss_of, optimizer_of
from classlab.doctor.audit.rules import (
    images,
    labels,
    layers_hints,
    misnamed,
    objectives,
    reproducible,
    same_arms,
    splits,
    test_use,
    undefined_names,
    without_effect,
    wrong_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.doctor.audit.draft import Draft
    from classlab.doctor.audit.source import Source
    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Fit


def _images(fit: Fit) -> str:
    if fit.images is None:
        return "where the training images come from could not be followed"
    return "what is done to the training images could not be followed" if fit.images.opaque else ""


def _range(fit: Fit) -> str:
    known = fit.images is not None and fit.images.high is not None
    return "" if known else "the range of the training images does not follow from the code"


def _layers(fit: Fit) -> str:
    return "" if fit.network.certain else "the layers of the model could not be followed"


def _labels(fit: Fit) -> str:
    return "where the labels come from could not be followed" if fit.labels is None else ""


def _label_form(fit: Fit) -> str:
    known = fit.labels is not None and fit.labels.one_hot is not None
    return "" if known else "whether labels are numbers or rows of 0 and 1 does not follow from the code"


def _label_values(fit: Fit) -> str:
    known = fit.labels is not None and not fit.labels.opaque and (fit.labels.high, fit.labels.classes) != (None, None)
    return "" if known else "which labels there are does not follow from the code"


def _loss(fit: Fit) -> str:
    known = fit.compiled is not None and loss_of(fit.compiled.loss) is not None
    return "" if known else "the loss could not be followed"


def _optimizer(fit: Fit) -> str:
    known = fit.compiled is not None and optimizer_of(fit.compiled.optimizer) is not None
    return "" if known else "the optimizer could not be followed"


def _validation(fit: Fit) -> str:
    return "" if fit.validation_known else "the validation images could not be followed"


# What a rule needs of every training, in the order in which what is lacking is named; other rules need a training only.
_NEEDS: Final[dict[str, tuple[Callable[[Fit], str], ...]]] = {
    "A1": (_images, _layers), "A2": (_images, _range, _layers), "A3": (_images, _validation),
    "A4": (_images, _validation), "A5": (_labels, _label_values, _loss, _layers), "A6": (_images, _labels),
    "A8": (_images,), "A10": (_images,), "A11": (_images, _layers), "I15": (_labels,),
    "B1": (_layers, _loss), "B2": (_layers, _loss), "B3": (_layers, _loss), "B4": (_layers, _loss),
    "B5": (_labels, _label_form, _loss), "B6": (_layers, _loss),
    "C1": (_optimizer,), "C3": (_validation,), "C4": (_validation,), "C5": (_images, _validation),
    "B8": (_optimizer,), "I6": (_layers, _loss), "I7": (_layers, _loss), "I10": (_layers, _loss),
}  # fmt: skip


def unchecked_rules(trace: Trace) -> dict[str, str]:
    """The rules that could not look at all they need, with the reason; every other rule was checked.

    Args:
        trace: what was met in the program.

    Returns:
        The reason by rule, in the order of the rules.
    """
    found = {rule: trace.unchecked.get(rule) or _reason(trace, rule) for rule in RULES}
    return {rule: reason for rule, reason in found.items() if reason}


def _reason(trace: Trace, rule: str) -> str:
    if rule == "N1" or (not trace.fits and rule in ALWAYS):
        return ""
    if not trace.fits:
        return trace.cut or "no call of `fit` on a Keras model was followed in this file"
    if trace.cut:
        return f"only in part: {trace.cut}"
    lacking = [(fit, reason) for fit in trace.fits if (reason := _lack(fit, rule))]
    if not lacking:
        return ""
    fit, reason = lacking[0]
    if len(lacking) == len(trace.fits):
        return reason
    return f"only in part: {reason} for the training in {fit.location.said()}"


def _lack(fit: Fit, rule: str) -> str:
    return next((reason for need in _NEEDS.get(rule, ()) if (reason := need(fit))), "")


_MODULES = (
    images, splits, labels, wrong_rows, objectives, misnamed, same_arms, test_use, reproducible, layers_hints,
    without_effect,
)  # fmt: skip
GRAVITY: Final = {"INVALID": 0, "FAIL": 1, "WARN": 2, "INFO": 3}


def _in_order(rule: str) -> tuple[str, int]:
    return rule[0], int(rule[1:])


RULES: Final = tuple(sorted((rule for module in (*_MODULES, undefined_names) for rule in module.RULES), key=_in_order))
# Rules that need nothing but the code itself.
ALWAYS: Final = ("A9", "C10", "N1")


def drafts_of(trace: Trace, source: Source) -> list[Draft]:
    """Everything that the rules find, each thing once, the gravest first.

    Args:
        trace: what was met in the program.
        source: the program.
    """
    found: dict[tuple[object, ...], Draft] = {}
    every = chain.from_iterable(module.check(trace) for module in _MODULES)
    of_code = chain(reproducible.check_cells(source.cells), undefined_names.check_cells(trace, source.cells))
    for draft in chain(every, of_code):
        found.setdefault(draft.key, draft)
    ordered = sorted(found.values(), key=lambda draft: (GRAVITY[draft.severity], draft.location, _in_order(draft.rule)))
    return ordered[: bounds.FINDINGS]
