"""What the layers of a network make of one image, channel by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import count, counted, decimal
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    NARROW,
    css_width,
    place_image,
    rising_colours,
    sheet_or_axes,
    svg,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import NDArray

    from classlab.measures.activations import Activations, LayerActivation

_COLUMNS = 8
MOST_CHANNELS = 16  # of a layer: two rows
_UNITS = 64  # of a layer without images, in a row
_LABEL, _GAP, _IMAGE = 0.24, 0.1, 1.0  # inches: above a layer, below it, and the image itself


def plot_activations(activations: Activations, *, ax: Axes | None = None) -> Canvas:
    """Draws what the layers made of an image: a row of pictures per layer, one per channel.

    Args:
        activations: what `run.inside.activations(image)` gave.
        ax: axes to draw on; a new figure where it is None.

    Returns:
        The matplotlib figure.
    """
    step = NARROW / _COLUMNS
    height = _IMAGE + _GAP + sum(_height(layer) for layer in activations.layers)
    with sheet_or_axes(NARROW, height, ax) as (canvas, axes):
        place_image(axes, activations.image, left=0, top=0, size=_IMAGE)
        top = _IMAGE + _GAP
        for layer in activations.layers:
            axes.text(0, top + _LABEL - 0.05, _label(layer), fontsize=8.5, ha="left", va="bottom")
            for place, pixels in enumerate(_pictures(layer)):
                left, under = step * (place % _COLUMNS), top + _LABEL + step * (place // _COLUMNS)
                size = NARROW if layer.values.ndim == 1 else step - 0.05
                place_image(axes, pixels, left=left, top=under, size=size)
            top += _height(layer)
    return canvas


def activations_figure(activations: Activations) -> Figure:
    """The same for a report, with its numbers."""
    canvas = plot_activations(activations)
    said = "; ".join(f"{_label(layer)}: {_silent(layer)}" for layer in activations.layers)
    return Figure(
        name="activations",
        title="What the layers make of the image.",
        alternative=f"The image and, layer by layer, its activations. {said}.",
        image=svg(canvas),
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
        rows = -(-layer.channels // _UNITS)
        drawn = NARROW * max(1, rows) / min(_UNITS, layer.channels)
        return _LABEL + min(drawn, NARROW) + _GAP
    rows = -(-min(layer.channels, MOST_CHANNELS) // _COLUMNS)
    return _LABEL + rows * NARROW / _COLUMNS + _GAP


def _pictures(layer: LayerActivation) -> Iterator[NDArray[np.uint8]]:
    values = layer.values.astype(np.float32)
    low, high = min(0.0, float(values.min())), float(values.max())
    if values.ndim == 1:
        width = min(_UNITS, len(values))
        strip = np.full((-(-len(values) // width) * width,), np.nan, np.float32)
        strip[: len(values)] = values
        yield rising_colours(strip.reshape(-1, width), low=low, high=high)
        return
    pictures = values.reshape(values.shape[0], -1, values.shape[-1])  # (steps, features) of a recurrent layer as well
    for channel in range(min(pictures.shape[2], MOST_CHANNELS)):
        yield rising_colours(pictures[..., channel], low=low, high=high)
