"""A8: the same picture in two splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "A8"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="Pictures that were trained on, or chosen by, are also scored.",
    remedy="Remove the copies from one of the splits, or divide anew with copies kept together.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares exact duplicates between splits with the size of the split that is scored."""
    if case.overlap is None:
        return Unchecked(rule=RULE, reason=case.why_missing("overlap", "no two splits were compared"))
    shares = {pair: share for pair in case.overlap if (share := _share(case, pair)) is not None}
    if not shares:
        return None
    pair = max(shares, key=lambda name: shares[name])
    if shares[pair] <= 0:
        return None
    first, second = pair.split("/")
    return Finding(
        rule=RULE,
        name=NAME,
        severity=_severity(shares[pair]),
        kind="fact",
        text=f"{case.overlap[pair]:,} of the {case.splits[second].images:,} {second} images also occur among the "
        f"{first} images, pixel for pixel.",
        evidence=(measured(f"share of the {second} images", shares[pair], f"at most {at.OVERLAP_NOTABLE:.1%}"),),
        causes=(CAUSE,),
        limits="Only exact copies are found; the same picture saved twice in different quality is not.",
        place=case.place,
    )


def _share(case: Case, pair: str) -> float | None:
    """Copies over the images of the later split; None where another check speaks of them."""
    second = pair.split("/")[1]
    facts = case.splits.get(second)
    if facts is None or not facts.images or case.overlap is None:
        return None
    if pair == "validation/test" and case.validation_is_test:
        return None
    share = case.overlap[pair] / facts.images
    return None if pair == "train/validation" and share > at.OVERLAP_SAME_ROWS else share


def _severity(share: float) -> Severity:
    if share > at.OVERLAP_VOID:
        return "INVALID"
    return "WARN" if share > at.OVERLAP_NOTABLE else "INFO"
