"""A9 and A11: images whose axes or whose meaning changed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.values import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Fit, Trace

RULES = ("A9", "A11")
_CHANNELS: Final = (1, 3)
_SMALLEST_SIDE: Final = 5  # of an image; a shorter last axis may be channels
_DIGITS: Final = ("mnist", "digits")
_MIRRORS: Final = (
    "RandomFlip", "horizontal_flip", "vertical_flip", "random_flip_left_right", "random_flip_up_down",
)  # fmt: skip
_QUARTER: Final = 0.25  # of a full turn: a 6 is on its way to a 9


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at reshapes, at the shape that reaches the first layer, and at random changes of digits."""
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
