"""The checks of a study as a whole, one per module: each has `RULE`, `NAME` and `check(study)`.

`check` returns findings, none where all is well, or `Unchecked` with the reason where the study does not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from classlab.doctor.comparisons import (
    carried_weights,
    choice_on_test,
    identical_arms,
    one_seed,
    reporting_rule,
    reproducibility,
    unequal_budget,
)

if TYPE_CHECKING:
    from classlab.records.finding import Finding, Unchecked
    from classlab.records.study import StudyRecord


class Comparison(Protocol):
    """A module of this package."""

    RULE: str
    NAME: str

    def check(self, study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
        """Looks at a study."""


COMPARISONS: tuple[Comparison, ...] = cast(
    "tuple[Comparison, ...]",
    (
        identical_arms,
        choice_on_test,
        one_seed,
        unequal_budget,
        carried_weights,
        reporting_rule,
        reproducibility,
    ),
)

__all__ = ["COMPARISONS", "Comparison"]
