"""A9: images with their channels first, in layers that look for them last."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Fit, Trace

RULES = ()  # A9 is that of `alignment`
_CHANNELS: Final = (1, 3)
_SMALLEST_SIDE: Final = 5  # of an image; a shorter last axis may be channels


def check(trace: Trace) -> Iterator[Draft]:
    """Compares the shape of the images with what the first layer takes for channels."""
    if trace.reshaped:
        return  # that is named already
    if any(_speaks_of_order(node) for _, tree in trace.trees for node in ast.walk(tree)):
        return
    for fit in trace.fits:
        yield from _of_fit(fit)


def _of_fit(fit: Fit) -> Iterator[Draft]:
    shape = fit.images.shape if fit.images is not None else None
    first = next((layer for layer in fit.network.layers if layer.kind != "InputLayer"), None)
    if shape is None or len(shape) != 4 or first is None or first.kind not in ("Conv2D", "SeparableConv2D"):
        return
    sides = [side or 0 for side in shape[2:]]
    if shape[1] in _CHANNELS and min(sides) >= _SMALLEST_SIDE and fit.network.certain:
        yield Draft(
            rule="A9",
            name="image-layout",
            severity="FAIL",
            text=f"The images have their {shape[1]} channels first, and {first.kind} takes the last axis, of "
            f"{shape[3]}, for channels.",
            location=first.location,
            also=(fit.location,),
            cause="The windows of the convolution slide over channels and rows instead of rows and columns.",
            remedy="Bring the channels to the end, as in np.moveaxis(images, 1, -1).",
        )


def _speaks_of_order(node: ast.AST) -> bool:
    """Whether the program sets the order of the axes itself, by its names in Keras before and after version 2."""
    return isinstance(node, ast.Constant) and node.value in ("channels_first", "th")
