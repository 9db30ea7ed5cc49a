"""The weights of a network's first layer as pictures: ten of a linear classifier, or the filters of a convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import count, decimal
from classlab.measures.first_layer import FirstLayer
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    NARROW,
    css_width,
    place_image,
    sheet_or_axes,
    shortened,
    signed_colours,
    style,
    svg,
)
from classlab.reports.figures.taken import given_by

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import NDArray


MOST_PICTURES = 64  # eight rows of eight; more are too small to see
_COLUMNS = {"class": 5, "unit": 8, "filter": 8}
_LABEL = 0.2  # inches above each picture
_VALUE = {"class": "the class's score", "unit": "the unit's value", "filter": "the filter's value"}


def plot_first_layer(weights: FirstLayer, *, ax: Axes | None = None) -> Canvas:
    """Draws the weights of a network's first layer, one picture per class, unit or filter.

    Args:
        weights: what `run.inside.first_layer()` gave.
        ax: axes to draw on; a new figure where it is None.

    Returns:
        The matplotlib figure.

    Raises:
        SpecError: this is something else, or the axes are none.
    """
    given_by(weights, FirstLayer, name="weights", call="run.inside.first_layer()")
    columns = _columns(weights)
    step = NARROW / columns
    rows = -(-min(len(weights.names), MOST_PICTURES) // columns)
    most = _most(weights)
    with sheet_or_axes(NARROW, (step + _LABEL) * rows, ax) as (canvas, axes):
        for place, (name, picture) in enumerate(zip(_shown(weights), weights.pictures, strict=False)):
            left, top = step * (place % columns), (step + _LABEL) * (place // columns)
            text = shortened(name, 12) if weights.kind == "class" else name.rpartition(" ")[2]
            axes.text(left + step / 2, top + _LABEL, text, fontsize=8.5, ha="center", va="bottom")
            place_image(axes, _coloured(picture, most), left=left + 0.04, top=top + _LABEL + 0.02, size=step - 0.08)
    return canvas


def first_layer_figure(weights: FirstLayer) -> Figure:
    """The same for a report, with its numbers."""
    rows, columns = weights.pictures.shape[1:3]
    total, shown = len(weights.names), len(_shown(weights))
    which = f"the first {shown} of {count(total)} {weights.kind}s" if shown < total else f"one per {weights.kind}"
    with style():
        canvas = plot_first_layer(weights)
        image = svg(canvas)
    most = decimal(_most(weights), digits=3)
    return Figure(
        name="first-layer",
        title=f"The first layer's weights: {which}, {rows} x {columns} each.",
        alternative=f"{shown} pictures of the {rows} x {columns} weights of layer {weights.layer}. The largest weight "
        f"has the size {most}.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(weights),),
        caption=_caption(weights, most),
    )


def _caption(weights: FirstLayer, most: str) -> str:
    if weights.pictures.shape[3] == 3:
        return (
            "Grey is a weight of 0; more red, green or blue is a weight above 0 in that channel, less one below. One "
            f"scale for all, up to {most}."
        )
    mean = "" if weights.pictures.shape[3] == 1 else " The mean over the channels is drawn."
    return (
        f"Red: a bright pixel there raises {_VALUE[weights.kind]}; blue: it lowers it. One scale for all, up to "
        f"{most}.{mean}"
    )


def _table(weights: FirstLayer) -> Table:
    ends = ((picture.min(), picture.max(), picture.mean()) for picture in weights.pictures)
    rows = tuple(
        (name, *(decimal(float(value)) for value in each)) for name, each in zip(_shown(weights), ends, strict=False)
    )
    return Table(caption="Weights by picture", header=(weights.kind, "smallest", "largest", "mean"), rows=rows)


def _columns(weights: FirstLayer) -> int:
    return min(_COLUMNS[weights.kind], len(weights.names))


def _shown(weights: FirstLayer) -> tuple[str, ...]:
    return weights.names[:MOST_PICTURES]


def _most(weights: FirstLayer) -> float:
    return float(np.abs(weights.pictures[:MOST_PICTURES]).max())


def _coloured(picture: NDArray[np.float32], most: float) -> NDArray[np.uint8]:
    if picture.shape[2] != 3:
        return signed_colours(picture.mean(axis=2), most=most)
    grey: NDArray[np.uint8] = np.rint(127.5 + 127.5 * picture / (most or 1.0)).astype(np.uint8)
    return grey
