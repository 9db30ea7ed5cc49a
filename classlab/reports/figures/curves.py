"""Learning curves: the mean over the seeds, and a band from the lowest to the highest seed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, fsum, inf, isfinite, log10
from typing import TYPE_CHECKING, Literal

from classlab.analysis.numbers import LARGE, MISSING, counted, decimal, percent
from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    COLOURS,
    NARROW,
    PAPER,
    QUIET,
    css_width,
    paper,
    plain_numbers,
    shortened,
    spans_decades,
    style,
    svg,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

Metric = Literal["loss", "accuracy"]
SplitOfCurve = Literal["training", "validation"]
# More lines than this in one figure cannot be told apart.
MOST_ARMS = 6
_ROW_OF_LEGEND = 0.2  # inches
_BESIDE_EPOCHS = 0.05  # room beside the first and the last epoch, in parts of the axis
_LEAST_ACCURACY = 0.02  # length of the axis; a share
# A loss that diverges to 1e20 leaves the others as a line at the bottom, even on a logarithmic axis: so many times the
# highest point of the lowest curve is three decades, and the axis ends there.
FAR_ABOVE = 1000.0
_LEAST_LOSS = 0.1  # length of the axis, in parts of the largest loss


@dataclass(frozen=True, kw_only=True)
class Band(Record):
    """One curve over the epochs, from 1.

    Args:
        arm: whose.
        split: on which images.
        mean: mean over the seeds, one per epoch.
        low: lowest seed.
        high: highest seed.
        seeds: how many seeds reached the epoch with a finite figure.
    """

    arm: str
    split: SplitOfCurve
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Curves(Record):
    """The curves of several arms in one metric (loss per image, or accuracy as a share)."""

    metric: Metric
    bands: tuple[Band, ...]


def curves(histories: Mapping[str, Sequence[Mapping[str, Sequence[float]]]], metric: Metric) -> Curves:
    """Gathers the curves of several arms.

    Args:
        histories: per arm, the histories of its seeds under Keras's names.
        metric: which figure.
    """
    names: tuple[tuple[SplitOfCurve, str], ...] = (("training", metric), ("validation", f"val_{metric}"))
    bands = []
    for arm, runs in histories.items():
        for split, name in names:
            band = _band(arm, split, [list(run.get(name, ())) for run in runs])
            if band.mean:
                bands.append(band)
    return Curves(metric=metric, bands=tuple(bands))


def _band(arm: str, split: SplitOfCurve, runs: Sequence[Sequence[float]]) -> Band:
    epochs = []
    for epoch in range(max((len(run) for run in runs), default=0)):
        values = [run[epoch] for run in runs if len(run) > epoch and isfinite(run[epoch])]
        if not values:
            break
        epochs.append((fsum(values) / len(values), min(values), max(values), len(values)))
    mean, low, high, seeds = zip(*epochs, strict=True) if epochs else ((), (), (), ())
    return Band(arm=arm, split=split, mean=mean, low=low, high=high, seeds=seeds)


_LABELS: dict[Metric, str] = {"accuracy": "accuracy", "loss": "loss per image"}


def curves_figure(numbers: Curves, *, name: str | None = None) -> Figure:
    """Draws the curves: validation solid, training dashed, a band where there are several seeds."""
    arms = list(dict.fromkeys(band.arm for band in numbers.bands))
    with style():
        canvas = draw_curves(numbers)
        image = svg(canvas)
    return Figure(
        name=name or f"curves-{numbers.metric}",
        title=f"{numbers.metric.capitalize()} over the epochs.",
        alternative=_alternative(numbers, arms),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption="Lines are means over the seeds, bands reach from the lowest to the highest seed. Training figures are "
        "averages over the epoch while the weights still change; validation figures are taken at its end."
        + _beyond(numbers),
    )


def draw_curves(numbers: Curves, ax: Axes | None = None) -> Canvas:
    """Draws the curves on axes, on those of a new figure where there are none."""
    arms = list(dict.fromkeys(band.arm for band in numbers.bands))
    axes = paper(NARROW, 3.0 + _ROW_OF_LEGEND * (len(arms) + 1)).add_subplot() if ax is None else ax
    for band in numbers.bands:
        _draw(axes, band, COLOURS[arms.index(band.arm) % len(COLOURS)])
    _axes(axes, numbers)
    _legend(axes, arms)
    return axes.get_figure(root=True)  # type: ignore[return-value]  # axes that can be drawn on have a figure


def shown_metric(axes: Axes) -> Metric | None:
    """The metric of the curves that were drawn on these axes before; None where none were."""
    label = axes.get_ylabel()
    return next((metric for metric, said in _LABELS.items() if axes.lines and label.startswith(said)), None)


def logarithmic(numbers: Curves) -> bool:
    """Whether the axis of these curves is; a loss that rounds to zero is drawn at its bottom."""
    values = [value for band in numbers.bands for value in band.mean]
    return (
        numbers.metric == "loss"
        and all(value >= 0 for value in values)
        and spans_decades([value for value in values if value > 0])
    )


def _limit(numbers: Curves) -> float:
    """Where an axis of losses ends at the latest, a power of ten."""
    tops = [max(band.high) for band in numbers.bands if max(band.high) > 0]
    return float(10.0 ** ceil(log10(FAR_ABOVE * min(tops)))) if tops else inf


def _beyond(numbers: Curves) -> str:
    """Which arms leave the axis, as a sentence; nothing where all stay on it."""
    limit, tops = _limit(numbers), dict[str, float]()
    for band in numbers.bands if logarithmic(numbers) else ():
        if (top := max(band.high)) > limit:
            tops[band.arm] = max(top, tops.get(band.arm, top))
    said = [f"{arm}, up to {decimal(top)}" for arm, top in tops.items()]
    return f" The axis ends at {plain_numbers(limit)}; beyond it: {'; '.join(said)}." if said else ""


def _draw(axes: Axes, band: Band, colour: str) -> None:
    epochs = range(1, len(band.mean) + 1)
    line = "-" if band.split == "validation" else (0, (4, 2))
    # More marks than this run into one another; a line through one epoch is none.
    marked = len(band.mean) == 1 or (len(band.mean) <= 30 and band.split == "validation")
    inside = colour if band.split == "validation" else PAPER
    axes.plot(
        epochs,
        band.mean,
        color=colour,
        linestyle=line,
        marker="o" if marked else "",
        markersize=3 if len(band.mean) > 1 else 6,
        markerfacecolor=inside,
        linewidth=1.5,
    )
    if max(band.seeds) == 1:
        return
    if len(band.mean) == 1:
        axes.vlines(1, band.low[0], band.high[0], color=colour, alpha=0.4)
        return
    axes.fill_between(epochs, band.low, band.high, color=colour, alpha=0.18, linewidth=0)


def _axes(axes: Axes, numbers: Curves) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, PercentFormatter, ScalarFormatter

    epochs = max((len(band.mean) for band in numbers.bands), default=1)
    axes.set_xlabel("epoch")
    axes.set_xlim(1 - _BESIDE_EPOCHS * max(1, epochs - 1), epochs + _BESIDE_EPOCHS * max(1, epochs - 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
    axes.grid(visible=True)
    if numbers.metric == "accuracy":
        axes.set_ylabel(_LABELS["accuracy"])
        low, high = _room(axes.get_ylim(), _LEAST_ACCURACY)
        axes.set_ylim(max(low, -_LEAST_ACCURACY), min(high, 1 + _LEAST_ACCURACY))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=8))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        return
    axes.set_ylabel(_LABELS["loss"])
    values = [value for band in numbers.bands for value in band.mean]
    if logarithmic(numbers):
        axes.set_yscale("log")
        if axes.get_ylim()[1] > _limit(numbers):
            axes.set_ylim(top=_limit(numbers))
        axes.yaxis.set_major_formatter(FuncFormatter(plain_numbers))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylabel(f"{_LABELS['loss']}, logarithmic")
        return
    axes.set_ylim(*_room(axes.get_ylim(), _LEAST_LOSS * max(values, default=1.0)))
    if max(values, default=0.0) >= LARGE:
        axes.yaxis.set_major_formatter(FuncFormatter(plain_numbers))
    else:
        plain = ScalarFormatter(useOffset=False)
        plain.set_scientific(False)
        axes.yaxis.set_major_formatter(plain)


def _room(limits: tuple[float, float], least: float) -> tuple[float, float]:
    """An axis of at least this length: on a shorter one chance looks like a landslide and labels need many decimals."""
    low, high = limits
    more = max(0.0, least - (high - low)) / 2
    return low - more, high + more


def _legend(axes: Axes, arms: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=COLOURS[place % len(COLOURS)]) for place in range(len(arms))]
    kinds = [Line2D([], [], color=QUIET), Line2D([], [], color=QUIET, linestyle=(0, (4, 2)))]
    names = [*(shortened(arm, 48) for arm in arms), "validation", "training"]
    axes.legend([*lines, *kinds], names, loc="upper left", bbox_to_anchor=(0, -0.16), borderaxespad=0, labelspacing=0.3)


def _alternative(numbers: Curves, arms: Sequence[str]) -> str:
    ends = []
    for arm in arms:
        last = {band.split: band.mean[-1] for band in numbers.bands if band.arm == arm}
        words = [f"{split} {_written(numbers.metric, last[split])}" for split in last]
        ends.append(f"{arm}: {', '.join(words)}")
    return f"Curves of the {numbers.metric} of {counted(len(arms), 'arm')}. After the last epoch, {'; '.join(ends)}."


def _written(metric: Metric, value: float) -> str:
    return percent(value) if metric == "accuracy" else decimal(value)


def _table(numbers: Curves) -> Table:
    epochs = max((len(band.mean) for band in numbers.bands), default=0)
    rows = []
    for band in numbers.bands:
        for epoch in range(epochs):
            if epoch >= len(band.mean):
                continue
            values = (_written(numbers.metric, value[epoch]) for value in (band.mean, band.low, band.high))
            rows.append((band.arm, band.split, str(epoch + 1), *values, str(band.seeds[epoch])))
    return Table(
        caption=f"{numbers.metric.capitalize()} by arm, split and epoch",
        header=("arm", "split", "epoch", "mean", "lowest seed", "highest seed", "seeds"),
        rows=tuple(rows) or ((MISSING,) * 7,),
        words=(0, 1),
    )
