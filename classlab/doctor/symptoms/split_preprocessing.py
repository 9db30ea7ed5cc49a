"""A3: training, validation and test images that were prepared in different ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.records.diagnostics import SplitFacts

RULE = "A3"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="One split was scaled differently from the training images, so its figures are those of other inputs.",
    remedy="Prepare all splits by the same scaling, and evaluate again; nothing has to be trained anew.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares mean, deviation and range of every other split with those of the training images, then their classes."""
    train = case.splits.get("train")
    if train is None or len(case.splits) < 2:
        return Unchecked(rule=RULE, reason=case.why_missing("splits", "there is only one split to look at"))
    odd = next(iter(differing_splits(case)), None)
    if odd is None:
        return _of_another_kind(case) or _of_batches(case)
    other = case.splits[odd]
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INVALID",
        kind="fact",
        text=f"The {odd} images do not reach the network as the training images do: values from {other.minimum:.3g} "
        f"to {other.maximum:.3g} with a mean of {other.mean:.3g} against {train.minimum:.3g} to {train.maximum:.3g} "
        f"with {train.mean:.3g}.",
        evidence=(
            measured("deviation of the training images", train.deviation),
            measured(f"deviation of the {odd} images", other.deviation, "between half and twice the training images'"),
            measured(f"mean of the {odd} images", other.mean, f"near {train.mean:.3g}"),
        ),
        causes=(CAUSE,),
        limits=f"The {odd} images may really be darker or brighter; then the network has not learned such images.",
        place=case.place,
    )


def _of_another_kind(case: Case) -> Finding | None:
    """Images that were turned, mirrored or inverted in one split alone; the network guesses on them."""
    if not is_of_another_kind(case):
        return None
    own, crossed = case.own_accuracy["validation"], case.baseline_accuracy or 0.0
    return Finding(
        rule=RULE,
        name="split-of-another-kind",
        severity="INVALID",
        kind="fact",
        text="The validation images are of another kind than the training images: comparing with the mean image of "
        f"each class is right for {own:.3g} within validation, and for {crossed:.3g} from training to validation.",
        evidence=(
            measured("accuracy of the nearest mean image within validation", own),
            measured("the same within training", case.own_accuracy["train"]),
            measured("the same from training to validation", crossed, f"above {own - at.OTHER_KIND:.3g}"),
        ),
        causes=(
            Cause(
                rule=RULE,
                text="One split was turned, mirrored, inverted or made otherwise, so its figures are those of other "
                "inputs.",
                remedy="Show an image of each class from both splits side by side, and prepare all splits alike.",
            ),
        ),
        limits="The images may really come from elsewhere; then the network has not learned such images.",
        place=case.place,
    )


def is_of_another_kind(case: Case) -> bool:
    """Whether classes look different in validation than in training, though they can be told apart in either.

    A network that is right on them all the same has learned what they have in common.
    """
    if case.baseline_accuracy is None or not {"train", "validation"} <= set(case.own_accuracy):
        return False
    own = min(case.own_accuracy["train"], case.own_accuracy["validation"])
    reached = max(case.history.get("val_accuracy", ()), default=0.0)
    return own - max(case.baseline_accuracy, reached) > at.OTHER_KIND


def _of_batches(case: Case) -> Finding | None:
    """Single training batches that reach the network as no image of validation does: augmentation gone too far."""
    other = case.splits.get("validation")
    watched = [each for each in case.batches.get("train", ()) if each.images >= at.BATCH_IMAGES]
    odd = [] if other is None else [each for each in watched if _differs(each, other)]
    if other is None or len(odd) < max(2, at.ODD_BATCHES * len(watched)):
        return None
    most = max(odd, key=lambda each: abs(each.mean - other.mean))
    return Finding(
        rule=RULE,
        name="odd-batches",
        severity="WARN",
        kind="fact",
        text=f"{len(odd)} of the first {len(watched)} training batches do not reach the network as the validation "
        f"images do: one has a mean of {most.mean:.3g} and a deviation of {most.deviation:.3g} against "
        f"{other.mean:.3g} and {other.deviation:.3g}.",
        evidence=(
            measured("training batches unlike the validation images", len(odd), "0"),
            measured("mean of one of them", most.mean, f"near {other.mean:.3g}"),
        ),
        causes=(
            Cause(
                rule=RULE,
                text="What is done to training images alone makes other images of them.",
                remedy="Augment less: what stands in a training image must be recognised as one of validation.",
            ),
        ),
        limits="An augmentation may be meant to go so far.",
        place=case.place,
    )


def differing_splits(case: Case) -> tuple[str, ...]:
    """The splits that do not reach the network as the training images do."""
    train = case.splits.get("train")
    if train is None:
        return ()
    return tuple(name for name, facts in case.splits.items() if name != "train" and _differs(train, facts))


def _differs(train: SplitFacts, other: SplitFacts) -> bool:
    shifted = abs(train.mean - other.mean) > at.SPLIT_MEAN_SHIFT * max(train.deviation, other.deviation)
    return (
        shifted
        or _apart(train.deviation, other.deviation, at.SPLIT_DEVIATION_RATIO)
        or _apart(train.maximum - train.minimum, other.maximum - other.minimum, at.SPLIT_RANGE_RATIO)
    )


def _apart(one: float, other: float, ratio: float) -> bool:
    low, high = sorted((one, other))
    return high > 0 and low * ratio < high
