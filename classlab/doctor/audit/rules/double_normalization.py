"""A1: images that are scaled twice on their way to the first layer with weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.network import reaching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts, Step
    from classlab.doctor.audit.trainings import Fit, Trace

RULES = ("A1",)
_RESETS = ("standardise", "own-range", "normalise", "clip", "two-valued")


def check(trace: Trace) -> Iterator[Draft]:
    """Follows the training images of every `fit` to the first layer with weights."""
    for fit in trace.fits:
        if fit.images is None:
            continue
        facts, layer = reaching(fit.network, fit.images)
        steps = None if facts.opaque or (layer is None and fit.network.certain) else scaled_twice(facts)
        if steps is not None:
            yield _draft(fit, facts, steps)


def scaled_twice(facts: Facts) -> tuple[Step, ...] | None:
    """The scalings that together leave almost nothing of the pixels' range; None where that is not so.

    A scaling counts where it makes values at least ten times smaller. What brings values to about 1 whatever
    they were before (a division by the array's own maximum, a standardisation, cutting off at 1) begins the count anew.
    """
    last = max((place for place, step in enumerate(facts.steps) if step.kind in _RESETS), default=-1)
    after = facts.steps[last + 1 :]
    divisor = 1.0
    for step in after:
        divisor /= abs(step.factor) or 1.0
    shrinking = tuple(
        step for step in after if step.kind == "multiply" and abs(step.factor) <= 1 / at.SHRINKING_DIVISOR
    )
    if last >= 0:
        return (facts.steps[last], *shrinking) if shrinking and divisor >= at.PIXEL_DIVISOR else None
    if len(shrinking) < 2:
        return None
    width = None if facts.low is None or facts.high is None else facts.high - facts.low
    tiny = width is not None and width <= at.TWICE_SCALED_WIDTH
    return shrinking if tiny or (width is None and divisor >= at.PIXEL_DIVISOR**2) else None


def _draft(fit: Fit, facts: Facts, steps: tuple[Step, ...]) -> Draft:
    chain = listed([f"`{step.words}` ({_where(step)})" for step in steps])
    values = (
        ""
        if facts.high is None or facts.low is None
        else f", so that values lie between {facts.low:.3g} and {facts.high:.3g}"
    )
    cut_off = steps[0].kind in ("clip", "two-valued")
    return Draft(
        rule="A1",
        name="double-normalisation",
        severity="FAIL",
        text=f"The training images hold nothing above 1 when they are scaled: {chain}{values}."
        if cut_off
        else f"The training images are scaled {_times(len(steps))} before they reach the first layer with weights: "
        f"{chain}{values}.",
        location=steps[-1].location,
        also=(
            *(step.location for step in steps[:-1]),
            *(step.location.caller for step in steps if step.location.caller),
            fit.location,
        ),
        evidence=(("scalings after the values were cut off", len(steps) - 1, "0"),)
        if cut_off
        else (("scalings of the training images", len(steps), "1"),),
        cause="Images that are scaled twice are numbers near 0 that hardly differ, and the network stays at chance.",
        remedy="Scale the images first and cut them off, or compare them, afterwards."
        if cut_off
        else "Remove one of the scalings, and give scaled images names of their own so that a cell can run twice.",
        limits="Images that were multiplied in between by something that the audit cannot see.",
    )


def _where(step: Step) -> str:
    """The line, and for one of a function the call: where it scales and is called twice, the calls are at fault."""
    caller = step.location.caller
    return step.location.said() if caller is None else f"{step.location.said()}, called in {caller.said()}"


def _times(count: int) -> str:
    return {2: "twice", 3: "three times"}.get(count, f"{count} times")
