"""What all figures share: paper, ink, type and files that come out the same every time.

The drawings use matplotlib's objects and not its `pyplot`, which keeps figures in a global list and may open windows.
"""

from __future__ import annotations

import io
import threading
import warnings
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.analysis.numbers import LARGE
from classlab.reports.figures.taken import axes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import NDArray

_DRAWING = threading.RLock()  # matplotlib's settings are those of the whole process
PIXELS_PER_INCH = 96  # CSS: a drawing of so many inches is so many times 96 pixels wide
NARROW = 4.5  # inches; 432 CSS pixels, so that 12-pixel type is still 9 pixels high on a phone 360 pixels wide
BESIDE = 28  # letters of a name beside a row
PAPER = "#ffffff"
INK = "#1b1b1f"
QUIET = "#6b7280"
GRID = "#d6d9e0"
# Okabe and Ito (2008), "Color Universal Design": told apart with every common kind of colour blindness. Yellow is
# left out because it is faint on white paper.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", INK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
RIGHT = "#1557b0"  # the true class, and a caption that is right: blue
WRONG = "#c62828"  # the predicted class, and a caption that is wrong: red
OTHER = "#b4bac6"
# The same on dark paper: browsers swap them where the reader prefers dark pages, other programs show the light ones.
# Paper, ink and lines are those of the pages (`templates/style.css`); a test holds the contrast.
DARK = {
    PAPER: "#16181d",
    INK: "#e8e9ed",
    QUIET: "#a6abb8",
    GRID: "#3a3f4b",
    COLOURS[0]: "#4aa3df",
    RIGHT: "#8ec5ff",
    WRONG: "#ff8a80",
    OTHER: "#5a6170",
}
FIXED_WHITE = "#fefefe"  # on a coloured ground, which is the same on every paper

_LOG_RANGE = 20.0  # losses that span more than this factor are shown on a logarithmic scale
_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so every machine draws the same letters
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "classlab",  # otherwise element names are random and no two files are equal
    "image.composite_image": False,  # or images side by side would become one, as coarse as the drawing
}


@contextmanager
def style() -> Iterator[None]:
    """The look of every figure, whatever the user's own matplotlib settings are; one thread at a time draws."""
    from matplotlib import style as looks

    with _DRAWING, warnings.catch_warnings(), looks.context(["default", _STYLE]):
        # A name in a script that the font lacks is drawn as boxes; the table beside the figure has it in full.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def paper(width: float, height: float) -> Canvas:
    """An empty figure.

    Args:
        width: inches.
        height: inches.
    """
    from matplotlib.figure import Figure as Canvas

    return Canvas(figsize=(width, height), layout="constrained", facecolor=PAPER)


def sheet(width: float, height: float) -> tuple[Canvas, Axes]:
    """An empty figure with one invisible pair of axes over all of it, in inches from the upper left corner.

    For many small pictures: giving each its own axes costs a second for every thirty.
    """
    canvas = paper(width, height)
    canvas.set_layout_engine("none")
    axes = canvas.add_axes((0, 0, 1, 1))
    _lay_out(axes, width, height)
    return canvas, axes


@contextmanager
def sheet_or_axes(width: float, height: float, ax: Axes | None) -> Iterator[tuple[Canvas, Axes]]:
    """A sheet in the look of every figure, or axes of the user's that are laid out like one.

    Args:
        width: inches.
        height: inches.
        ax: the user's axes; a new sheet where it is None.
    """
    with style():
        axes = axes_of(ax)
        if axes is None:
            yield sheet(width, height)
            return
        _lay_out(axes, width, height)
        yield axes.get_figure(root=True), axes  # type: ignore[misc]  # axes that can be drawn on have a figure
        axes.set_aspect("equal")


def _lay_out(axes: Axes, width: float, height: float) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)


def signed_colours(values: NDArray[np.float32], *, most: float) -> NDArray[np.uint8]:
    """Values as colours: red above zero, blue below, white at zero.

    Args:
        values: `(rows, columns)`.
        most: the size at which the colours are darkest.

    Returns:
        uint8, `(rows, columns, 3)`.
    """
    return _colours("RdBu_r", 0.5 + values / (2 * (most or 1.0)))


def rising_colours(values: NDArray[np.float32], *, low: float, high: float) -> NDArray[np.uint8]:
    """Values as colours from dark to bright, uint8, `(rows, columns, 3)`."""
    return _colours("viridis", (values - low) / ((high - low) or 1.0))


def _colours(name: str, shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    from matplotlib import colormaps

    found: NDArray[np.uint8] = colormaps[name](shares, bytes=True)
    return found[..., :3]


def place_image(axes: Axes, pixels: NDArray[np.uint8], *, left: float, top: float, size: float) -> None:
    """Draws an image on a sheet, as large as fits into a square.

    Args:
        axes: the sheet's.
        pixels: uint8, `(height, width, channels)`.
        left: of the square, inches.
        top: of the square, inches.
        size: of the square, inches.
    """
    height, width = (size * extent / max(pixels.shape[:2]) for extent in pixels.shape[:2])
    x, y = left + (size - width) / 2, top + (size - height) / 2
    limits = (axes.get_xlim(), axes.get_ylim())
    show_image(axes, pixels, size=size, extent=(x, x + width, y + height, y), aspect="auto")
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])


def svg(canvas: Canvas) -> bytes:
    """The drawing as an SVG file that follows light and dark; the same drawing gives the same bytes."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    file = io.BytesIO()
    # Printed by the backend itself: `Figure.savefig` would draw everything a first time, for its layout alone.
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    FigureCanvasSVG(canvas).print_svg(file, metadata=metadata)  # type: ignore[no-untyped-call]  # untyped there
    return file.getvalue().replace(b"</style>", _dark_rules().encode() + b"</style>", 1)


@cache
def _dark_rules() -> str:
    """What swaps the colours: matplotlib writes each into the style of its element, which these rules overrule."""
    rules = [
        f'[style*="{part}: {light.lower()}"]{{{part}:{dark}!important}}'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
    ]
    return f"@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}"


def css_width(canvas: Canvas) -> int:
    """Width of the drawing in CSS pixels."""
    return round(float(canvas.get_figwidth()) * PIXELS_PER_INCH)


def shortened(name: str, length: int = 34) -> str:
    """A name in one line and at most so many letters; what is left out is in the table."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in " ".join(name.split()))
    return plain if len(plain) <= length else plain[: length - 1].rstrip() + "…"


def show_image(axes: Axes, pixels: NDArray[np.uint8], *, size: float, **options: Any) -> None:
    """Draws an image without axes, each pixel a square; grey images in grey.

    Args:
        axes: where.
        pixels: uint8, `(height, width, channels)`.
        size: inches of its longer side; finer pixels than a dense screen has are averaged, or a photograph would weigh
            as much as a page.
        **options: for `imshow`.
    """
    seen = _reduced(pixels, round(size * 2 * PIXELS_PER_INCH))
    grey = seen.shape[2] == 1
    axes.imshow(seen[..., 0] if grey else seen, cmap="gray", vmin=0, vmax=255, interpolation="none", **options)
    axes.set_axis_off()


def _reduced(pixels: NDArray[np.uint8], most: int) -> NDArray[np.uint8]:
    """The image with at most so many pixels on its longer side."""
    from PIL import Image

    height, width, channels = pixels.shape
    if max(height, width) <= most:
        return pixels
    small = (max(1, width * most // max(height, width)), max(1, height * most // max(height, width)))
    picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    return np.asarray(picture.resize(small, Image.Resampling.BOX)).reshape(small[1], small[0], channels)


def spans_decades(values: Sequence[float]) -> bool:
    """Whether losses are so far apart that only a logarithmic scale shows them all."""
    return bool(values) and 0 < _LOG_RANGE * min(values) < max(values)


def plain_numbers(value: float, _: int = 0) -> str:
    """Tick labels of logarithmic axes as plain numbers; matplotlib would write them as formulas, which are off here."""
    if value >= LARGE:
        return f"{value:.3g}".replace("e+0", "e").replace("e+", "e")
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def label_rows(axes: Axes, names: Sequence[str], *, beside: bool = False) -> None:
    """Names the rows of a horizontal chart, the first at the top.

    Args:
        axes: the chart's; row 0 is drawn at y = 0, row 1 at y = 1.
        names: one per row.
        beside: write them to the left of the rows, which takes width; otherwise above each row, which takes height and
            leaves long names the whole width.
    """
    axes.spines["left"].set_visible(False)
    if beside:
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_yticks(range(len(names)), [shortened(name, BESIDE) for name in names])
        axes.tick_params(axis="y", length=0)
        return
    axes.set_yticks([])
    axes.set_ylim(len(names) - 0.45, -0.75)
    for row, name in enumerate(names):
        axes.text(0, row - 0.3, shortened(name, 56), transform=axes.get_yaxis_transform(), va="bottom", fontsize=8.5)
