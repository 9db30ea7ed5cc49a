"""A2: images that were never scaled reach the network with values up to 255."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "A2"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="The images were not scaled, so that the network meets numbers far beyond the few units it starts out for.",
    remedy="Scale the images to between 0 and 1.",
    change={"preprocessing": "unit"},
)


def check(case: Case) -> Finding | Unchecked | None:
    """Looks at the range that reaches the first layer with weights, unless a normalisation comes first."""
    train = case.splits.get("train")
    if train is None:
        return Unchecked(rule=RULE, reason=case.why_missing("splits", "the network's input was not measured"))
    largest = max(abs(train.minimum), abs(train.maximum))
    if largest <= at.UNSCALED_MAXIMUM and abs(train.mean) <= at.UNSCALED_MEAN:
        return None
    if case.takes_features or _normalised(case, before=True):
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL" if learning_of(case).fails and not _normalised(case, before=False) else "WARN",
        kind="fact",
        text=f"The images reach the first layer with weights unscaled: values from {train.minimum:.3g} to "
        f"{train.maximum:.3g} with a mean of {train.mean:.3g}.",
        evidence=(
            measured("largest input value", largest, f"at most {at.UNSCALED_MAXIMUM:g}"),
            measured("mean of the input", train.mean, f"within {at.UNSCALED_MEAN:g} of 0"),
            measured("deviation of the input", train.deviation, "0.1 to 1"),
        ),
        causes=(CAUSE,),
        limits="A network with a small learning rate may learn all the same, only worse.",
        place=case.place,
    )


def _normalised(case: Case, *, before: bool) -> bool:
    """Whether a normalisation stands before the first layer with weights, or right after it.

    Behind it the numbers have their size again, but the steps of that layer's weights go by those that enter it.
    `Normalization` is none of those: it scales by fixed figures, and the range was measured behind it.
    """
    first = next((place for place, layer in enumerate(case.layers) if layer.weighted), len(case.layers))
    kinds = [layer.kind for layer in case.layers[: first + (0 if before else 2)]]
    return any("Normalization" in kind and kind != "Normalization" for kind in kinds)
