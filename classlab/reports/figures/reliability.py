"""The calibration plot: how often the network is right where it says how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, decimal, percent, points
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    COLOURS,
    NARROW,
    OTHER,
    PAPER,
    QUIET,
    css_width,
    paper,
    plain_numbers,
    style,
    svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from classlab.statistics import Calibration


def reliability_figure(numbers: Calibration) -> Figure:
    """Draws accuracy over confidence, with how many images are behind each point below."""
    with style():
        canvas = paper(NARROW, 4.6)
        above, below = canvas.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        _accuracy(above, numbers)
        _counts(below, numbers)
        image = svg(canvas)
    return Figure(
        name="calibration",
        title="Calibration: accuracy by stated confidence.",
        alternative=f"Mean confidence {percent(numbers.confidence)}, accuracy {percent(numbers.accuracy)}; expected "
        f"calibration error {points(numbers.expected_error)} percentage points over {count(numbers.images)} images.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption="Confidence is the probability of the predicted class. Points on the diagonal mean what they say; "
        "below it the network is surer than it is right. Larger points stand for more images, counted below.",
    )


def _accuracy(axes: Axes, numbers: Calibration) -> None:
    from matplotlib.ticker import PercentFormatter

    filled = [each for each in numbers.bins if each.count and each.accuracy is not None and each.confidence is not None]
    places = [each.confidence or 0.0 for each in filled]
    heights = [each.accuracy or 0.0 for each in filled]
    most = max((each.count for each in filled), default=1)
    axes.plot((0, 1), (0, 1), color=QUIET, linestyle="--", linewidth=1)
    axes.plot(places, heights, color=COLOURS[0], linewidth=1)
    # The marker's area grows with the root of the count: one bin often holds a thousand times as many as another.
    sizes = [14 + 90 * (each.count / most) ** 0.5 for each in filled]
    axes.scatter(places, heights, s=sizes, color=COLOURS[0], edgecolors=PAPER, zorder=3)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_ylabel("accuracy")
    axes.grid(visible=True)


def _counts(axes: Axes, numbers: Calibration) -> None:
    from matplotlib.ticker import FuncFormatter, PercentFormatter

    for each in numbers.bins:
        axes.bar(each.low, each.count, width=each.high - each.low, align="edge", color=OTHER, edgecolor=PAPER)
    if max(each.count for each in numbers.bins) > 100:
        axes.set_yscale("symlog", linthresh=10)  # nearly all images lie in the last bin, and the others matter
        axes.yaxis.set_major_formatter(FuncFormatter(plain_numbers))
        axes.set_ylabel("images (log)")
    else:
        axes.set_ylabel("images")
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("confidence")


def _table(numbers: Calibration) -> Table:
    rows = []
    for each in numbers.bins:
        between = f"{100 * each.low:.1f} to {100 * each.high:.1f} %"
        off = None if each.accuracy is None or each.confidence is None else each.accuracy - each.confidence
        row = (between, count(each.count), percent(each.confidence), percent(each.accuracy), points(off, sign=True))
        rows.append(row)
    return Table(
        caption="Predictions by confidence; the last column is accuracy minus confidence in percentage points",
        header=("confidence", "images", "mean confidence", "accuracy", "difference"),
        rows=tuple(rows),
        note=f"Expected calibration error {points(numbers.expected_error)} points, Brier score "
        f"{decimal(numbers.brier)}, {len(numbers.bins)} bins of equal width.",
    )
