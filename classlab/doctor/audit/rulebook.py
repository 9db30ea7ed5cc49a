"""All rules of the audit, and the order in which findings are given."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit import bounds
from classlab.doctor.audit.rules import (
    carried_weights,
    head_loss,
    images,
    labels,
    layers_hints,
    metric,
    misnamed,
    never_acts,
    reproducible,
    same_arms,
    scaling,
    splits,
    test_use,
    undefined_names,
    without_effect,
    wrong_rows,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.draft import Draft
    from classlab.doctor.audit.source import Source
    from classlab.doctor.audit.trainings import Trace

_MODULES = (
    scaling, splits, labels, wrong_rows, head_loss, misnamed, same_arms, test_use, carried_weights, reproducible,
    images, layers_hints, metric, never_acts, without_effect,
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
