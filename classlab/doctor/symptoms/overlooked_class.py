"""A class that the network never names because weights take it out of the loss; part of A7."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.doctor.case import Case


def overlooked_class(case: Case) -> Finding | None:
    """Classes that are never named though they have images enough, while the loss that is reported overlooks them.

    A hard class is never named for a while too, but then the loss on its images is part of the loss that is reported.
    Batch normalization makes losses of training and evaluation differ by itself.
    """
    reported = case.history.get("loss", ())
    if not reported or not reported[-1] > 0 or any(layer.kind == "BatchNormalization" for layer in case.layers):
        return None
    return _on_training_images(case, reported[-1]) or _on_validation_images(case, reported[-1])


def _on_training_images(case: Case, reported: float) -> Finding | None:
    recent = case.later_probes[-2:]
    if len(recent) < 2 or not recent[-1].present:
        return None
    last = recent[-1]
    off = _off(last.present, lambda label: all(not probe.predicted[label] for probe in recent))
    known = _known(last.present, last.right, off)
    if not off or known < at.KNOWN_OTHERS or last.loss + last.penalty < at.OVERLOOKED * reported:
        return None
    return _finding(
        case,
        f"The network never names {_named(off)}, of which there are training images, and gets {known:.0%} of the "
        f"others right. The loss that fit reports is {reported:.3g}, that on training images without weights "
        f"{last.loss:.3g}.",
        off,
        ("loss on training images over the loss that fit reports", last.loss / reported),
    )


def _on_validation_images(case: Case, reported: float) -> Finding | None:
    """The same where no training images were handed over; the loss of validation knows no class weights."""
    losses, present, right = case.history.get("val_loss", ()), case.unseen_present, case.unseen_right
    if any(probe.present for probe in case.later_probes) or not losses or not right:
        return None
    off = _off(present, lambda label: not right[label])
    known = _known(present, right, off)
    if not off or known < at.KNOWN_OTHERS or not losses[-1] >= at.OVERLOOKED * reported:
        return None
    return _finding(
        case,
        f"Of the validation images of {_named(off)} none is named rightly, and {known:.0%} of the others are. The loss "
        f"that fit reports is {reported:.3g}, that on validation images {losses[-1]:.3g}.",
        off,
        ("loss on validation images over the loss that fit reports", losses[-1] / reported),
    )


def _off(present: Sequence[int], never: Callable[[int], bool]) -> list[int]:
    return [label for label, there in enumerate(present) if there >= at.RECALL_IMAGES and never(label)]


def _known(present: Sequence[int], right: Sequence[int], off: Sequence[int]) -> float:
    """Share of the images of all other classes that are named rightly."""
    others = [label for label, there in enumerate(present) if there and label not in off]
    return sum(right[label] for label in others) / max(1, sum(present[label] for label in others))


def _named(off: Sequence[int]) -> str:
    return f"class {listed([str(label) for label in off])}"


def _finding(case: Case, text: str, off: Sequence[int], ratio: tuple[str, float]) -> Finding:
    return Finding(
        rule="A7",
        name="class-overlooked",
        severity="WARN",
        kind="fact",
        text=text,
        evidence=(measured("classes that are never named", len(off), "0"), measured(*ratio, "about 1")),
        causes=(
            Cause(
                rule="A7",
                text="class_weight or sample_weight takes the class out of the loss.",
                remedy="Give every class a weight above 0, or leave the weights out.",
            ),
        ),
        place=case.place,
    )
