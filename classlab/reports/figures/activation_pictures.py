"""What the layers of a network make of one image, channel by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, decimal
from classlab.measures.activations import Activations
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    NARROW,
    css_width,
    place_image,
    rising_colours,
    sheet_or_axes,
    style,
    svg,
)
from classlab.reports.figures.taken import given_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import NDArray

    from classlab.measures.activations import LayerActivation


_COLUMNS = 8
MOST_CHANNELS = 16  # of a layer: two rows
_UNITS = 32  # of a layer without channels, in a row
_LABEL, _GAP, _IMAGE = 0.24, 0.1, 1.0  # inches: above a layer, below it, and the image itself


def plot_activations(activations: Activations, *, ax: Axes | None = None) -> Canvas:
    """Draws what the layers made of an image: a row of pictures per layer, one per channel.

    Args:
        activations: what `run.inside.activations(image)` gave.
        ax: axes to draw on; a new figure where it is None.

    Returns:
        The matplotlib figure.

    Raises:
        SpecError: this is something else, or the axes are none.
    """
    given_by(activations, Activations, name="activations", call="run.inside.activations(image)")
    step = NARROW / _COLUMNS
    height = _IMAGE + _GAP + sum(_height(layer) for layer in activations.layers)
    with sheet_or_axes(NARROW, height, ax) as (canvas, axes):
        place_image(axes, activations.image, left=0, top=0, size=_IMAGE)
        top = _IMAGE + _GAP
        for layer in activations.layers:
            axes.text(0, top + _LABEL - 0.05, _label(layer), fontsize=8.5, ha="left", va="bottom")
            if layer.values.ndim == 1:
                _draw_units(axes, layer, top + _LABEL)
            for place, pixels in enumerate(_pictures(layer)):
                left, under = step * (place % _COLUMNS), top + _LABEL + step * (place // _COLUMNS)
                place_image(axes, pixels, left=left, top=under, size=step - 0.05)
            top += _height(layer)
    return canvas


def activations_figure(activations: Activations) -> Figure:
    """The same for a report, with its numbers."""
    with style():
        canvas = plot_activations(activations)
        image = svg(canvas)
    said = "; ".join(f"{_label(layer)}: {_silent(layer)}" for layer in activations.layers)
    return Figure(
        name="activations",
        title="What the layers make of the image.",
        alternative=f"The image and, layer by layer, its activations. {said}.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(activations),),
        caption=f"Bright is a large value; every layer has its own scale. Of layers with more than {MOST_CHANNELS} "
        "channels the first are drawn; layers without channels are strips, one square per unit.",
    )


def _table(activations: Activations) -> Table:
    rows = tuple(
        (
            f"{layer.layer} {layer.kind}",
            _shape(layer),
            *(decimal(float(value)) for value in (layer.values.min(), layer.values.max(), layer.values.mean())),
            f"{count(layer.silent)} of {count(layer.channels)}",
        )
        for layer in activations.layers
    )
    return Table(
        caption="Activations by layer",
        header=("layer", "shape", "smallest", "largest", "mean", "channels that are zero all over"),
        rows=rows,
        words=(0, 1),
    )


def _label(layer: LayerActivation) -> str:
    return f"layer {layer.layer}, {layer.kind}: {_shape(layer)}"


def _silent(layer: LayerActivation) -> str:
    what = "channel" if layer.values.ndim > 1 else "unit"
    return f"{count(layer.silent)} of {counted(layer.channels, what)} zero all over"


def _shape(layer: LayerActivation) -> str:
    return " x ".join(map(str, layer.values.shape))


def _height(layer: LayerActivation) -> float:
    if layer.values.ndim == 1:
        return _LABEL + -(-layer.channels // _UNITS) * NARROW / _UNITS + _GAP
    rows = -(-min(layer.channels, MOST_CHANNELS) // _COLUMNS)
    return _LABEL + rows * NARROW / _COLUMNS + _GAP


def _draw_units(axes: Axes, layer: LayerActivation, top: float) -> None:
    """Draws a layer without channels: rows of squares, one per unit."""
    side = NARROW / _UNITS
    low, high = _ends(layer)
    for row, first in enumerate(range(0, layer.channels, _UNITS)):
        some = rising_colours(layer.values[None, first : first + _UNITS], low=low, high=high)
        # As long as it is wide: a square for each unit, also in a row that is not full.
        place_image(
            axes, some, left=0, top=top + (row + 0.5) * side - some.shape[1] * side / 2, size=some.shape[1] * side
        )


def _pictures(layer: LayerActivation) -> Iterator[NDArray[np.uint8]]:
    """The first channels of a layer as pictures; of a recurrent layer that gives every step, one of all."""
    if layer.values.ndim == 1:
        return
    low, high = _ends(layer)
    if layer.values.ndim == 2:
        yield rising_colours(layer.values.T, low=low, high=high)
        return
    for channel in range(min(layer.channels, MOST_CHANNELS)):
        yield rising_colours(layer.values[..., channel], low=low, high=high)


def _ends(layer: LayerActivation) -> tuple[float, float]:
    return min(0.0, float(layer.values.min())), float(layer.values.max())
