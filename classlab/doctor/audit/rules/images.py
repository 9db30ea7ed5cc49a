"""A1, A2, A9, A10 and A11: images that are scaled twice, not at all or too late, and whose axes or meaning changed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.network import MINUS_ONE_APPLICATIONS, PLAIN_WEIGHTS, reaching
from classlab.doctor.audit.values import NONE, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts, Step
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Fit
    from classlab.doctor.audit.values import CallResult

RULES = ("A1", "A2", "A9", "A10", "A11")
_CHANNELS: Final = (1, 3)
_SMALLEST_SIDE: Final = 5  # of an image; a shorter last axis may be channels
_DIGITS: Final = ("mnist", "digits")
_MIRRORS: Final = (
    "RandomFlip", "horizontal_flip", "vertical_flip", "random_flip_left_right", "random_flip_up_down",
)  # fmt: skip
_QUARTER: Final = 0.25  # of a full turn: a 6 is on its way to a 9
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
            yield from _without_fractions(fit, fit.images)
            yield from _never(fit, fit.images, facts, layer)
    yield from _changed(trace)


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


def _without_fractions(fit: Fit, facts: Facts) -> Iterator[Draft]:
    """Images between 0 and 1 as whole numbers."""
    cast = next((step for step in facts.steps if step.kind == "cast"), None)
    if cast is not None:
        text = f"The training images are made whole numbers when they lie between 0 and 1: `{cast.words}`."
        yield found("A10 cast", text, cast.location, (facts.origin, fit.location))


def _never(fit: Fit, images: Facts, facts: Facts, layer: CallResult | None) -> Iterator[Draft]:
    """The largest value that can reach the first layer, where the range is known."""
    if images.high is None or facts.opaque or layer is None or None in (facts.low, facts.high):
        return
    trained = layer.kind in MINUS_ONE_APPLICATIONS and layer.kwargs.get("weights") != NONE
    largest = max(abs(facts.low or 0.0), abs(facts.high or 0.0))
    if largest > at.UNSCALED_MAXIMUM and (trained or layer.kind in PLAIN_WEIGHTS):
        first = layer.kind if trained else "the first layer with weights"
        text = f"The training images reach {first} with values up to {largest:.4g}; nothing scales them."
        evidence = (("largest input value", round(largest, 4), "1" if trained else "about 1"),)
        kind = "A2 application" if trained else "A2"
        yield found(kind, text, fit.location, (images.origin, layer.location), evidence=evidence)


def _changed(trace: Trace) -> Iterator[Draft]:
    """Reshapes, the shape that reaches the first layer, and random changes of digits."""
    for reshaped in trace.reshaped:
        before, after = (_shape(shape) for shape in (reshaped.before, reshaped.after))
        text = f"A reshape from {before} to {after} moves an axis, which mixes up the pixels."
        yield found("A9", text, reshaped.location, evidence=(("shape before", before, ""), ("shape after", after, "")))
    named = trace.reshaped or any(_speaks_of_order(node) for _, tree in trace.trees for node in ast.walk(tree))
    for fit in trace.fits:
        yield from () if named else _channels_first(fit)
        yield from _mirrored(fit)


def _shape(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('any' if each is None or each < 0 else str(each) for each in shape)})"


def _speaks_of_order(node: ast.AST) -> bool:
    """Whether the program sets the order of the axes itself, by its names in Keras before and after version 2."""
    return isinstance(node, ast.Constant) and node.value in ("channels_first", "th")


def _channels_first(fit: Fit) -> Iterator[Draft]:
    """Images with their channels first, in layers that look for them last."""
    shape = fit.images.shape if fit.images is not None else None
    first = next((layer for layer in fit.network.layers if layer.kind != "InputLayer"), None)
    if shape is None or len(shape) != 4 or first is None or first.kind not in ("Conv2D", "SeparableConv2D"):
        return
    if shape[1] in _CHANNELS and min(side or 0 for side in shape[2:]) >= _SMALLEST_SIDE and fit.network.certain:
        text = f"The images have their {shape[1]} channels first, and {first.kind} takes the last axis, of {shape[3]}, "
        yield found("A9 channels", f"{text}for channels.", first.location, (fit.location,))


def _mirrored(fit: Fit) -> Iterator[Draft]:
    """Handwritten digits that are mirrored or turned, before the network or inside it."""
    for name, location in dict(_changes(fit)).items():
        text = f"`{name}` mirrors or turns digits, and a digit that is mirrored or upside down is another sign."
        yield found("A11", text, location, (fit.location,))


def _changes(fit: Fit) -> Iterator[tuple[str, Location]]:
    if fit.images is None or fit.images.name not in _DIGITS:
        return
    yield from (each for each in fit.images.augmented if each[0] in _MIRRORS)
    for layer in fit.network.layers:
        turn = number_of(layer.argument("factor", 0)) if layer.kind == "RandomRotation" else None
        if layer.kind in _MIRRORS or (turn is not None and abs(turn) >= _QUARTER):
            yield layer.kind, layer.location
