"""The growth of a population as a picture: cost per member and memory over the number of members."""

from __future__ import annotations

from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from benchmarks.growth import Size


def draw(sizes: list[Size], path: Path) -> str:
    """Draws two panels side by side.

    Args:
        sizes: populations, those that grow alike in the order of their members.
        path: an `.svg` or `.png` file.

    Returns:
        What was done, as a sentence.
    """
    if find_spec("matplotlib") is None:
        return "no figure was drawn: matplotlib is not installed."
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "growth", "svg.fonttype": "none"}):  # same figures, same file; words stay words
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        cost, memory = figure.subplots(1, 2)
        for network, way in dict.fromkeys((size.network, size.way) for size in sizes):
            alike = [size for size in sizes if (size.network, size.way) == (network, way)]
            _curves(cost, memory, alike, f"{network}, {way}")
        _label(cost, "seconds per member and epoch")
        _label(memory, "memory of all processes, MiB")
        cost.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    return f"drew {path}."


def _curves(cost: Axes, memory: Axes, sizes: list[Size], name: str) -> None:
    members = [size.members for size in sizes]
    middles = [median(size.seconds) for size in sizes]
    below = [middle - min(size.seconds) for middle, size in zip(middles, sizes, strict=True)]
    above = [max(size.seconds) - middle for middle, size in zip(middles, sizes, strict=True)]
    cost.errorbar(members, middles, yerr=(below, above), marker="o", capsize=3, label=name)
    memory.plot(members, [size.memory / 2**20 for size in sizes], marker="o", label=name)


def _label(axes: Axes, title: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("members")
    axes.set_ylabel(title)
    axes.grid(visible=True, alpha=0.3)
