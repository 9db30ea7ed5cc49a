"""A7: classes of very different sizes, of which the small ones are not recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.wording import listed, measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "A7"
NAME = "class-imbalance"
CAUSE = Cause(
    rule=RULE,
    text="The training images are so unevenly spread over the classes that naming the large ones already pays.",
    remedy="Weight the classes in the loss or add images of the small ones, and look at the recall of every class.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Looks at the class counts, and at each class's recall on the probe images."""
    train = case.splits.get("train")
    if train is None:
        return Unchecked(rule=RULE, reason=case.why_missing("splits", "the class counts are not known"))
    missing = _missing(case)
    if missing:
        return _never_shown(case, missing)
    counts = [count for count in train.class_counts if count]
    if len(counts) < 2:
        return None
    if not case.unequal:
        return None
    ratio = max(counts) / min(counts)
    poor = _poor(case) or _poor_together(case)
    missed = f" Of {poor} fewer than {at.POOR_RECALL:.0%} are recognised." if poor else ""
    return Finding(
        rule=RULE,
        name=NAME,
        severity="WARN" if poor else "INFO",
        kind="fact",
        text=f"The largest class has {ratio:.0f} times as many training images as the smallest.{missed}",
        evidence=(
            measured("largest over smallest class", float(ratio), f"at most {at.IMBALANCE:g}"),
            measured("accuracy of naming the largest class", case.majority_share),
        ),
        causes=(CAUSE,),
        limits="Recall is read off the probe's few hundred training images.",
        place=case.place,
    )


def _missing(case: Case) -> tuple[int, ...]:
    """Classes that are scored and of which there is no training image."""
    scored = [facts.class_counts for name, facts in case.splits.items() if name != "train"]
    shown = case.splits["train"].class_counts
    return tuple(
        label
        for label, count in enumerate(shown)
        if not count and any(label < len(counts) and counts[label] for counts in scored)
    )


def _never_shown(case: Case, missing: tuple[int, ...]) -> Finding:
    return Finding(
        rule=RULE,
        name=NAME,
        severity="WARN",
        kind="fact",
        text=f"There is no training image of class {listed([str(label) for label in missing])}, but there are such "
        "images to be scored.",
        evidence=(measured("classes without a training image", len(missing), "0"),),
        causes=(
            Cause(
                rule=RULE,
                text="The network cannot name a class that it was never shown.",
                remedy="Divide the images so that every class is in every split, or leave the class out altogether.",
            ),
        ),
        place=case.place,
    )


def _poor(case: Case) -> str:
    """Classes with enough probe images and too few right ones; "" for none."""
    poor = [
        str(label)
        for probe in case.later_probes[-1:]
        for label, (present, right) in enumerate(zip(probe.present, probe.right, strict=False))
        if present >= at.RECALL_IMAGES and right < at.POOR_RECALL * present
    ]
    return f"class {listed(poor)}" if poor else ""


def _poor_together(case: Case) -> str:
    """The small classes as one, where each alone has too few probe images to say anything."""
    largest = max(case.class_shares)
    small = [label for label, share in enumerate(case.class_shares) if 0 < share < largest / at.IMBALANCE]
    for probe in case.later_probes[-1:]:
        if not probe.present:
            continue
        present, right = (sum(counts[label] for label in small) for counts in (probe.present, probe.right))
        if present >= at.RECALL_IMAGES and right < at.POOR_RECALL * present:
            return f"the {len(small)} small classes together"
    return ""
