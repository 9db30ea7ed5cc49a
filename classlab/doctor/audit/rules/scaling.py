"""A1, A2 and A10: images that are scaled twice, not at all, or only after they were cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.network import PLAIN_WEIGHTS, reaching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts, Step
    from classlab.doctor.audit.trainings import Fit, Trace
    from classlab.doctor.audit.values import CallResult

RULES = ("A1", "A2", "A10")
_RESETS = ("standardise", "own-range", "normalise", "clip", "two-valued")


def check(trace: Trace) -> Iterator[Draft]:
    """Follows the training images of every `fit` to the first layer with weights."""
    for fit in trace.fits:
        if fit.images is None:
            continue
        facts, layer = reaching(fit.network, fit.images)
        steps = None if facts.opaque or (layer is None and fit.network.certain) else scaled_twice(facts)
        if steps is not None:
            yield _twice(fit, facts, steps)
        if fit.images.kind == "images":
            yield from _cut_off(fit, fit.images)
            yield from _never(fit, fit.images, facts, layer)


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


def _twice(fit: Fit, facts: Facts, steps: tuple[Step, ...]) -> Draft:
    chain, values = listed([f"`{step.words}` ({_where(step)})" for step in steps]), ""
    if facts.high is not None and facts.low is not None:
        values = f", so that values lie between {facts.low:.3g} and {facts.high:.3g}"
    also = (*(step.location for step in steps[:-1]), *(step.location.caller for step in steps), fit.location)
    if steps[0].kind in ("clip", "two-valued"):
        text = f"The training images hold nothing above 1 when they are scaled: {chain}{values}."
        evidence = (("scalings after the values were cut off", len(steps) - 1, "0"),)
        return found("A1 cut off", text, steps[-1].location, also, evidence=evidence)
    text = f"The training images are scaled {_times(len(steps))} before they reach the first layer with weights: "
    evidence = (("scalings of the training images", len(steps), "1"),)
    return found("A1", f"{text}{chain}{values}.", steps[-1].location, also, evidence=evidence)


def _where(step: Step) -> str:
    """The line, and for one of a function the call: where it scales and is called twice, the calls are at fault."""
    caller = step.location.caller
    return step.location.said() if caller is None else f"{step.location.said()}, called in {caller.said()}"


def _times(count: int) -> str:
    return {2: "twice", 3: "three times"}.get(count, f"{count} times")


def _cut_off(fit: Fit, facts: Facts) -> Iterator[Draft]:
    """Images whose first step cuts them off; where they are scaled after that, A1 speaks."""
    first = next((step for step in facts.steps if step.kind != "shift"), None)
    if first is not None and first.kind == "clip" and not scaled_twice(facts):
        text = f"The training images are cut off at 1 before anything scales them: `{first.words}`."
        yield found("A10", text, first.location, (facts.origin, fit.location))


def _never(fit: Fit, images: Facts, facts: Facts, layer: CallResult | None) -> Iterator[Draft]:
    """The largest value that can reach the first layer, where the range is known."""
    if images.high is None or facts.opaque or layer is None or layer.kind not in PLAIN_WEIGHTS:
        return
    largest = max(abs(facts.low or 0.0), abs(facts.high or 0.0))
    if facts.high is not None and facts.low is not None and largest > at.UNSCALED_MAXIMUM:
        text = f"The training images reach the first layer with weights with values up to {largest:.4g}; "
        evidence = (("largest input value", round(largest, 4), "about 1"),)
        text += "nothing scales them."
        yield found("A2", text, fit.location, (images.origin, layer.location), evidence=evidence)
