"""A1: images that were scaled twice reach the network almost constant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "A1"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Looks at the range that reaches the first layer with weights, and at the chain of scalings before it."""
    train = case.splits.get("train")
    if train is None:
        return Unchecked(rule=RULE, reason=case.why_missing("splits", "the network's input was not measured"))
    if train.minimum == train.maximum:
        return _constant(case, train.maximum)
    tiny = 0 < train.maximum <= at.TWICE_SCALED_MAXIMUM and train.deviation < at.TWICE_SCALED_DEVIATION
    chained = len(case.scalings) > 1 and train.deviation < at.CHAINED_DEVIATION
    if not (tiny or chained):
        return None
    learning = learning_of(case)
    learned = learning.known and not learning.fails
    return Finding(
        rule=RULE,
        name=NAME,
        severity="WARN" if learned else "FAIL",
        kind="fact",
        text=f"The images reach the first layer with weights almost constant: values from {train.minimum:.3g} to "
        f"{train.maximum:.3g} with a deviation of {train.deviation:.2g}.{_chain(case)}",
        evidence=(
            measured("largest input value", train.maximum, "about 1"),
            measured("deviation of the input", train.deviation, "0.1 to 1"),
            measured("scalings before the first layer with weights", len(case.scalings), "1"),
        ),
        causes=(cause_of(case),),
        limits="Pictures that are almost black everywhere look the same in these numbers.",
        place=case.place,
    )


def cause_of(case: Case) -> Cause:
    """The cause, with the remedy that fits what is known of the scalings."""
    twice = len(case.scalings) > 1
    return Cause(
        rule=RULE,
        text="The images were scaled twice, so that the network meets numbers near 0 that hardly differ.",
        remedy="Remove one of the two scalings." if twice else "Scale the images once, from pixels of 0 to 255.",
        change={"remove_rescaling": True} if twice else {"preprocessing": "standardize"},
    )


def _constant(case: Case, value: float) -> Finding:
    return Finding(
        rule=RULE,
        name="constant-input",
        severity="FAIL",
        kind="fact",
        text=f"Every value that reaches the first layer with weights is {value:.3g}: the images hold nothing.",
        evidence=(measured("smallest and largest input value", value, "0 and about 1"),),
        causes=(
            Cause(
                rule=RULE,
                text="The images were lost on the way, as where numbers below 1 are cast to whole numbers.",
                remedy="Look at a few images, and at every division and cast before them.",
            ),
        ),
        place=case.place,
    )


def _chain(case: Case) -> str:
    return f" They are scaled by {listed(case.scalings)}." if len(case.scalings) > 1 else ""
