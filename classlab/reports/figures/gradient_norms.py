"""How large the gradient of each layer was, over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.measures.activations import evenly_spaced
from classlab.records import RunRecord
from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    COLOURS,
    MARKERS,
    NARROW,
    css_width,
    paper,
    plain_numbers,
    spans_decades,
    style,
    svg,
)
from classlab.reports.figures.taken import axes_of, record_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_MOST = len(COLOURS)  # lines that can be told apart


@dataclass(frozen=True, kw_only=True)
class GradientNorms(Record):
    """Norms by layer and epoch, on the images of the doctor's probes.

    Args:
        layers: names of the layers with weights, from the images to the scores.
        epochs: epochs done at each measurement; 0 before the first step.
        norms: per layer one norm per measurement.
    """

    layers: tuple[str, ...]
    epochs: tuple[int, ...]
    norms: tuple[tuple[float, ...], ...]


def gradient_norms(record: RunRecord) -> GradientNorms | None:
    """What the run's training noted of its gradients; None where it noted nothing.

    Args:
        record: of the run.
    """
    probes = () if record.diagnostics is None else record.diagnostics.probes
    if not probes or not probes[0].layers:
        return None
    return GradientNorms(
        layers=tuple(f"layer {each.layer}, {each.name}" for each in probes[0].layers),
        epochs=tuple(probe.epoch for probe in probes),
        norms=tuple(
            tuple(probe.layers[place].gradient_norm for probe in probes) for place in range(len(probes[0].layers))
        ),
    )


def plot_gradient_norms(subject: Any, *, ax: Axes | None = None) -> Canvas:
    """Draws how large each layer's gradient was over the epochs; of many layers some, evenly chosen.

    Args:
        subject: a `classlab.Run`, or its record.
        ax: axes to draw on; a new figure where it is None.

    Returns:
        The matplotlib figure.

    Raises:
        SpecError: this is no run, its training noted no gradients, or the axes are none.
    """
    record, given = record_of(subject), axes_of(ax)
    if not isinstance(record, RunRecord):
        raise SpecError("`subject` must be a run, but got a study. Give one of its runs: result.run(arm, seed).")
    numbers = gradient_norms(record)
    if numbers is None:
        raise SpecError(
            "a run must have gradients on record to show their sizes, but this one was trained without diagnostics. "
            "Train it anew."
        )
    with style():
        named = len(evenly_spaced(len(numbers.layers), most=_MOST))
        axes = paper(NARROW, 2.9 + 0.2 * named).add_subplot() if given is None else given
        _draw(axes, numbers)
    return axes.get_figure(root=True)  # type: ignore[return-value]  # axes that can be drawn on have a figure


def _draw(axes: Axes, numbers: GradientNorms) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    shown = evenly_spaced(len(numbers.layers), most=_MOST)
    for place, colour, mark in zip(shown, COLOURS, MARKERS, strict=False):
        values = [norm if isfinite(norm) else nan for norm in numbers.norms[place]]
        axes.plot(numbers.epochs, values, color=colour, marker=mark, markersize=4, label=numbers.layers[place], lw=1.5)
    axes.set_xlabel("epoch")
    axes.set_ylabel("norm of the gradient")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
    axes.grid(visible=True)
    if spans_decades([norm for place in shown for norm in numbers.norms[place] if isfinite(norm)]):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(plain_numbers))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.2))


def gradient_norms_figure(record: RunRecord) -> Figure | None:
    """The same for a report, with its numbers; None where the run's training noted no gradients."""
    numbers = gradient_norms(record)
    if numbers is None:
        return None
    with style():
        canvas = plot_gradient_norms(record)
        image = svg(canvas)
    ends = "; ".join(
        f"{name}: {_written(norms[0])}, then {_written(norms[-1])}"
        for name, norms in zip(numbers.layers, numbers.norms, strict=True)
    )
    return Figure(
        name="gradient-norms",
        title="How large the gradient of each layer was.",
        alternative=f"Norms of the gradients after {numbers.epochs[0]} and after {numbers.epochs[-1]} epochs. {ends}.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption="Of the mean loss of some training images, the same every time; epoch 0 is before the first step.",
    )


def _table(numbers: GradientNorms) -> Table:
    rows = tuple(
        (str(epoch), *(_written(norms[place]) for norms in numbers.norms)) for place, epoch in enumerate(numbers.epochs)
    )
    return Table(caption="Norm of the gradient by epoch and layer", header=("epoch", *numbers.layers), rows=rows)


def _written(norm: float) -> str:
    return f"{norm:.3g}" if isfinite(norm) else "not finite"
