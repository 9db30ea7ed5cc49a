"""I4: figures that are no numbers any more, or gradients that explode."""

from __future__ import annotations

from math import isfinite
from statistics import median
from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Evidence, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I4"
NAME = NAMES[RULE]


BLOWN = Cause(
    rule=RULE,
    text="The signal blows up within the network before any step was taken, so no learning rate is to blame.",
    remedy="Take relu or tanh in the hidden layers, look at the start of the weights, or add batch normalisation.",
    change={"activation": "relu"},
)


def check(case: Case) -> Finding | Unchecked | None:
    """A loss, a metric or a weight that is not finite needs no patience."""
    train = case.splits.get("train")
    if train is not None and not isfinite(train.mean):
        return _of_images(case)
    if case.steps_done == 0 and not learning_of(case).nonfinite:
        return Unchecked(rule=RULE, reason="no epoch was finished")
    if not learning_of(case).nonfinite:
        return None
    step = case.first_bad_step
    where = f" at step {step + 1:,}" if step >= 0 else f" after epoch {case.epochs_done + 1}"
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="fact",
        text=f"The loss stopped being finite{where}; training cannot go on from there.",
        evidence=(
            first_bad_step(case),
            *_gradients(case),
        ),
        causes=(BLOWN,) if bad_from_the_start(case) else (),
        place=case.place,
    )


def bad_from_the_start(case: Case) -> bool:
    """Whether the loss was not finite before any step, of weights and images that are."""
    probe = case.first_probe
    return case.first_bad_step == 0 or (probe is not None and not isfinite(probe.loss) and case.first_bad_step >= 0)


def first_bad_step(case: Case) -> Evidence:
    """The step of the run, counted from 1, at which its loss was first not finite."""
    step = case.first_bad_step
    return measured("first step with a loss that is not finite", step + 1 if step >= 0 else "unknown", "none")


def _of_images(case: Case) -> Finding:
    remedy = "Look for them with numpy.isfinite(x), and mend those images or leave them out."
    return Finding(
        rule=RULE,
        name="non-finite-images",
        severity="FAIL",
        kind="fact",
        text="Among the training images are values that are not finite; one of them is enough to spoil every weight.",
        evidence=(measured("mean of the input", case.splits["train"].mean, "a number"),),
        causes=(Cause(rule=RULE, text="The images hold values that are no numbers.", remedy=remedy),),
        place=case.place,
    )


def _gradients(case: Case) -> tuple[Evidence, ...]:
    """The last gradient norm that was measured, against the ones before."""
    norms = [max(layer.gradient_norm for layer in probe.layers) for probe in case.probes if probe.layers]
    if not norms:
        return ()
    return (measured("largest gradient norm of a layer, last measured", norms[-1], f"about {median(norms):.3g}"),)
