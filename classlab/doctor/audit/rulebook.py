"""All rules of the audit: what they find, in which order it is given, and which of them could look at all they need."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit import bounds
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


_Need = tuple["Callable[[Fit], bool]", str]  # whether a training has it, and what is said where it has not
_IMAGES: Final[_Need] = (
    lambda fit: fit.images is not None,
    "where the training images come from could not be followed",
)
_PIXELS: Final[_Need] = (
    lambda fit: fit.images is not None and not fit.images.opaque,
    "what is done to the training images could not be followed",
)
_RANGE: Final[_Need] = (
    lambda fit: fit.images is not None and fit.images.high is not None,
    "the range of the training images does not follow from the code",
)
_LAYERS: Final[_Need] = (lambda fit: fit.network.certain, "the layers of the model could not be followed")
_LABELS: Final[_Need] = (lambda fit: fit.labels is not None, "where the labels come from could not be followed")
_FORM: Final[_Need] = (
    lambda fit: fit.labels is not None and fit.labels.one_hot is not None,
    "whether labels are numbers or rows of 0 and 1 does not follow from the code",
)
_WHICH: Final[_Need] = (
    lambda fit: (
        fit.labels is not None and not fit.labels.opaque and (fit.labels.high, fit.labels.classes) != (None, None)
    ),
    "which labels there are does not follow from the code",
)
_LOSS: Final[_Need] = (lambda fit: fit.loss is not None, "the loss could not be followed")
_OPTIMIZER: Final[_Need] = (lambda fit: fit.optimizer is not None, "the optimizer could not be followed")
_VALIDATION: Final[_Need] = (lambda fit: fit.validation_known, "the validation images could not be followed")
_SEEN, _HEAD = (_IMAGES, _PIXELS), (_LAYERS, _LOSS)

# What a rule needs of every training, in the order in which what is lacking is named; other rules need a training only.
_NEEDS: Final[dict[str, tuple[_Need, ...]]] = {
    "A1": (*_SEEN, _LAYERS), "A2": (*_SEEN, _RANGE, _LAYERS), "A3": (*_SEEN, _VALIDATION), "A4": (*_SEEN, _VALIDATION),
    "A5": (_LABELS, _WHICH, _LOSS, _LAYERS), "A6": (*_SEEN, _LABELS), "A8": _SEEN, "A10": _SEEN,
    "A11": (*_SEEN, _LAYERS), "I15": (_LABELS,), "B1": _HEAD, "B2": _HEAD, "B3": _HEAD, "B4": _HEAD, "B6": _HEAD,
    "B5": (_LABELS, _FORM, _LOSS), "B8": (_OPTIMIZER,), "C1": (_OPTIMIZER,), "C3": (_VALIDATION,),
    "C4": (_VALIDATION,), "C5": (*_SEEN, _VALIDATION), "I6": _HEAD, "I7": _HEAD, "I10": _HEAD,
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
    return next((reason for has, reason in _NEEDS.get(rule, ()) if not has(fit)), "")


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
