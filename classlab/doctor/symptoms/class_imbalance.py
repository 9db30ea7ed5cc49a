"""A7: classes of very different sizes, of which the small ones are not recognised."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.symptoms.overlooked_class import overlooked_class
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "A7"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="The training images are so unevenly spread over the classes that naming the large ones already pays.",
    remedy="Weight the classes in the loss (class_weights=balanced; in Keras fit's class_weight) or add images of the "
    "small ones, and look at the recall of every class.",
)
_WEIGHTED = replace(
    CAUSE,
    remedy="The classes are weighted in the loss already: weight them otherwise or add images of the small ones, and "
    "look at the recall of every class.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Looks at the class counts, and at each class's recall on validation images, else on the probe images."""
    train = case.splits.get("train")
    if train is None:
        return Unchecked(rule=RULE, reason=case.why_missing("splits", "the class counts are not known"))
    missing = _missing(case)
    if missing:
        return _never_shown(case, missing)
    counts = [count for count in train.class_counts if count]
    if len(counts) == 1 and len(train.class_counts) > 1:
        return _one_class(case)
    by_chance = sum(share**at.BATCH_IMAGES for share in case.class_shares)
    if case.one_class_batches > at.ONE_CLASS_BATCHES + by_chance:
        return _one_by_one(case)
    if len(counts) < 2:
        return None
    if not case.unequal:
        return overlooked_class(case)
    ratio = max(counts) / min(counts)
    poor = _poor(case) or _poor_together(case)
    missed = f" Of {poor} most are not recognised." if poor else ""
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
        causes=(_WEIGHTED if case.class_weights else CAUSE,),
        limits="Recall is read off validation images."
        if _enough_unseen(case)
        else "Recall is read off the probe's few hundred training images.",
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


def _one_class(case: Case) -> Finding:
    only = next(label for label, count in enumerate(case.splits["train"].class_counts) if count)
    return Finding(
        rule=RULE,
        name="one-class",
        severity="FAIL",
        kind="fact",
        text=f"Every training image is of class {only}: there is nothing to tell apart.",
        evidence=(measured("classes with training images", 1, "2 and more"),),
        causes=(
            Cause(
                rule=RULE,
                text="The other classes were lost where the images were chosen or their labels made.",
                remedy="Look at numpy.unique(y, return_counts=True) after every step that selects rows or labels.",
            ),
        ),
        place=case.place,
    )


def _one_by_one(case: Case) -> Finding:
    """Steps that see one class each: every one of them unlearns the others."""
    return Finding(
        rule=RULE,
        name="one-class-batches",
        severity="FAIL" if learning_of(case).fails else "WARN",
        kind="fact",
        text=f"{case.one_class_batches:.0%} of the batches hold images of one class only.",
        evidence=(measured("share of batches with one class", case.one_class_batches, "0"),),
        causes=(
            Cause(
                rule=RULE,
                text="The images come in the order of their classes, so each step unlearns the other classes.",
                remedy="Shuffle images and labels together before fit, and leave shuffle=False out.",
            ),
        ),
        place=case.place,
    )


def _poor(case: Case) -> str:
    """Classes with enough images and too few right ones; "" for none."""
    present, right = _counts(case)
    poor = [
        str(label)
        for label, (there, hits) in enumerate(zip(present, right, strict=False))
        if there >= at.RECALL_IMAGES and hits < at.POOR_RECALL * there
    ]
    return f"class {listed(poor)}" if poor else ""


def _poor_together(case: Case) -> str:
    """The small classes as one, where each alone has too few images to say anything.

    They do badly as a whole, or half as well as the large ones by more than chance would have it.
    """
    present, right = _counts(case)
    largest = max(case.class_shares)
    tallies = [(share, n, hits) for share, n, hits in zip(case.class_shares, present, right, strict=False) if share]
    small = [(n, hits) for share, n, hits in tallies if share < largest / at.IMBALANCE]
    large = [(n, hits) for share, n, hits in tallies if share >= largest / at.IMBALANCE]
    there, hits, others, others_hit = (sum(each) for each in (*_columns(small), *_columns(large)))
    if there < at.RECALL_IMAGES or not others:
        return ""
    recall, usual = hits / there, others_hit / others
    error = sqrt(recall * (1 - recall) / there + usual * (1 - usual) / others)
    far = recall < usual / 2 and usual - recall > at.CHANCE_ERRORS * error
    return f"the {len(small)} small classes together" if recall < at.POOR_RECALL or far else ""


def _columns(tallies: list[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(n for n, _ in tallies), tuple(hits for _, hits in tallies)


def _counts(case: Case) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Images and right ones by class: unseen ones where there are enough, for small classes are learnt by heart."""
    if _enough_unseen(case):
        return case.unseen_present, case.unseen_right
    last = next(iter(case.later_probes[-1:]), None)
    return ((), ()) if last is None else (last.present, last.right)


def _enough_unseen(case: Case) -> bool:
    """Whether the small classes, if there are any, together have unseen images enough to be judged by."""
    largest = max(case.class_shares)
    pairs = zip(case.class_shares, case.unseen_present, strict=False)
    small = [present for share, present in pairs if 0 < share < largest / at.IMBALANCE]
    return bool(case.unseen_present) and (not small or sum(small) >= at.RECALL_IMAGES)
