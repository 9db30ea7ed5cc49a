"""The heat map of an occlusion: where covering the image changes what the network says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import decimal
from classlab.measures.occlusion import Occlusion
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


_SIZE, _LABEL = NARROW / 2 - 0.1, 0.42  # inches: of each picture, and above it
_HEAT = 0.75  # of a pixel's colour; the rest is the image, for orientation
_LISTED = 5  # squares that the table names


def plot_occlusion(occlusion: Occlusion, *, ax: Axes | None = None) -> Canvas:
    """Draws the image, and beside it where covering a square changes the score: red for a fall, blue for a rise.

    Args:
        occlusion: what `run.inside.occlusion(image)` gave.
        ax: axes to draw on; a new figure where it is None.

    Returns:
        The matplotlib figure.

    Raises:
        SpecError: this is something else, or the axes are none.
    """
    given_by(occlusion, Occlusion, name="occlusion", call="run.inside.occlusion(image)")
    right = NARROW / 2 + 0.05
    name = shortened(occlusion.name, 16)
    with sheet_or_axes(NARROW, _LABEL + _SIZE + 0.05, ax) as (canvas, axes):
        said = (
            (0.05, f"score of {name}: {decimal(occlusion.score, digits=3)}"),
            (right, f"occlusion, {_square(occlusion)} covered:\nits fall, up to {_most(occlusion):.3f}"),
        )
        for left, text in said:
            axes.text(left, _LABEL - 0.04, text, fontsize=8.5, ha="left", va="bottom")
        place_image(axes, occlusion.image, left=0.05, top=_LABEL, size=_SIZE)
        place_image(axes, _blended(occlusion), left=right, top=_LABEL, size=_SIZE)
    return canvas


def occlusion_figure(occlusion: Occlusion) -> Figure:
    """The same for a report, with its numbers."""
    with style():
        canvas = plot_occlusion(occlusion)
        image = svg(canvas)
    return Figure(
        name="occlusion",
        title=f"What the score of {occlusion.name} rests on, by occlusion.",
        alternative=occlusion_sentence(occlusion),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(occlusion),),
        caption=f"A square of {_square(occlusion)} of brightness {occlusion.fill} covers one place after the other. "
        "Red: the score falls; blue: it rises; each pixel is the mean of the squares that cover it. Parts that stand "
        "in for one another are not seen so, because one is covered at a time.",
    )


def occlusion_sentence(occlusion: Occlusion) -> str:
    """Which square the score rests on most."""
    row, column, fall = occlusion.most
    square, name = _square(occlusion), occlusion.name
    score = decimal(occlusion.score, digits=3)
    if fall <= 0:
        return f"Covering {square} lowers the score of {name}, {score}, nowhere."
    return (
        f"Covering {square} from row {row} and column {column} on lowers the score of {name} most: from {score} to "
        f"{decimal(occlusion.score - fall, digits=3)}."
    )


def _table(occlusion: Occlusion) -> Table:
    order = np.argsort(-occlusion.falls, axis=None, kind="stable")[:_LISTED]
    places = zip(*np.unravel_index(order, occlusion.falls.shape), strict=True)
    rows = tuple(
        (
            f"row {occlusion.rows[down]}, column {occlusion.columns[across]}",
            decimal(occlusion.score - float(occlusion.falls[down, across])),
            decimal(float(occlusion.falls[down, across]), sign=True),
        )
        for down, across in places
    )
    return Table(
        caption=f"The squares of {_square(occlusion)} that lower the score most",
        header=("upper left corner", "score", "fall"),
        rows=rows,
    )


def _square(occlusion: Occlusion) -> str:
    return f"{occlusion.side} x {occlusion.side} pixels"


def _most(occlusion: Occlusion) -> float:
    return float(np.abs(occlusion.heat).max())


def _blended(occlusion: Occlusion) -> NDArray[np.uint8]:
    heat = signed_colours(occlusion.heat, most=_most(occlusion))
    grey = occlusion.image.mean(axis=2, keepdims=True)
    blended: NDArray[np.uint8] = np.rint(_HEAT * heat + (1 - _HEAT) * grey).astype(np.uint8)
    return blended
