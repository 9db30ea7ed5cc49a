"""Every figure as a file: the same each time, with its numbers and words, whatever the names and settings are."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import Image

from classlab.analysis import analyse
from classlab.reports.document import Figure
from classlab.reports.figures import curves as curves_module
from classlab.reports.figures import drawing
from classlab.reports.figures.confusion_matrix import ConfusionNumbers, confusion_figure, mixed_up, mixed_up_figure
from classlab.reports.figures.curves import curves, curves_figure
from classlab.reports.figures.gap_plot import gap_figure, gap_numbers
from classlab.reports.figures.heat_map import heat_map_figure, luminance
from classlab.reports.figures.heat_map_numbers import heat_map
from classlab.reports.figures.prediction import grid_figure, prediction_figure, random_grid, seen_prediction
from classlab.reports.figures.ranking_plot import ranking_figure, ranking_numbers
from classlab.reports.figures.rate_sensitivity import rate_sensitivity, rate_sensitivity_figure
from classlab.reports.figures.reliability import reliability_figure
from classlab.reports.figures.tile import tile, tile_figure
from classlab.reports.figures.varied_settings import SettledArm
from classlab.statistics import calibration, confusion

NAMES = ("$\\frac{1}{0}$", "<b>&\"'", "\u9774\u5b50 \x07 a name too long for any axis of any figure")
HISTORIES = {
    "arm $a_1$": [{"loss": (80.0, 1.0), "val_loss": (70.0, 0.5), "accuracy": (0.1, 0.8)}, {"loss": (60.0, 2.0)}],
    "b": [{"loss": (3.0,), "val_loss": (3.0,), "val_accuracy": (0.5,)}],
}


def shares(images: int = 200) -> np.ndarray:
    raw = np.random.default_rng(1).random((images, 3)) ** 3
    return (raw / raw.sum(axis=1, keepdims=True)).astype(np.float32)


LABELS = np.arange(200) % 3
# Two settings, one value with a dollar sign, a run and an arm that failed, a combination that nobody asked for.
GRID = [
    SettledArm(
        name=f"{model} {rate}",
        settings={"model": model, "learning_rate": rate},
        seeds=(None, figure) if rate == 0.1 else (figure, figure),
        mean=figure,
        candidate=rate == 0.01,
    )
    for model in NAMES
    for rate, figure in ((0.001, 0.02), (0.01, 0.9), (0.1, None if model == NAMES[1] else 0.5))
    if (model, rate) != (NAMES[0], 0.001)
]
CONFUSION = confusion(LABELS, shares().argmax(axis=1), classes=3)


def pixels(channels: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, size=(200, 6, 9, channels), dtype=np.uint8)


@pytest.fixture(scope="module")
def drawings(make_study) -> dict[str, Callable[[], Figure]]:
    study = make_study({"arm $a_1$": (0.8, 0.9), NAMES[1]: (0.7, None), NAMES[2]: (0.6, 0.65)})
    analysis = analyse(study)
    many = analyse(make_study({f"{NAMES[2]} {n}": (0.9 - 0.02 * n, 0.91 - 0.02 * n) for n in range(45)}))
    return {
        "loss": lambda: curves_figure(curves(HISTORIES, "loss")),
        "accuracy": lambda: curves_figure(curves(HISTORIES, "accuracy")),
        "ranking": lambda: ranking_figure(ranking_numbers(analysis)),
        "gap": lambda: gap_figure(gap_numbers(analysis)),
        "confusion": lambda: confusion_figure(ConfusionNumbers(class_names=NAMES, confusion=CONFUSION)),
        "mixed up": lambda: mixed_up_figure(mixed_up(CONFUSION, NAMES)),
        "calibration": lambda: reliability_figure(calibration(shares(), LABELS)),
        "prediction": lambda: prediction_figure(seen_prediction(3, shares()[3], 1, NAMES), pixels(1)[3]),
        "many arms": lambda: ranking_figure(ranking_numbers(many)),
        "heat map": lambda: heat_map_figure(heat_map(GRID, "val_accuracy")),
        "heat map of losses": lambda: heat_map_figure(heat_map(GRID, "val_loss")),
        "rates": lambda: rate_sensitivity_figure(rate_sensitivity(GRID, "val_accuracy")),
        "rates by loss": lambda: rate_sensitivity_figure(rate_sensitivity(GRID, "val_loss")),
        "grid": lambda: grid_figure(random_grid(shares(), LABELS, NAMES, rows=2, columns=3), pixels(3)),
        "tile": lambda: tile_figure(tile(LABELS, NAMES, rows=2, columns=3), pixels(3)),
    }


KINDS = (
    *("loss", "accuracy", "ranking", "many arms", "gap", "heat map", "heat map of losses", "rates", "rates by loss"),
    *("confusion", "mixed up", "calibration", "prediction", "grid", "tile"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_is_a_whole_file_the_same_each_time_with_words_and_numbers(drawings, kind):
    first, second = drawings[kind](), drawings[kind]()
    assert first == second
    assert first.alternative
    assert first.numbers
    if first.kind == "svg":
        root = ElementTree.fromstring(first.image)  # noqa: S314  (our own file)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert float(root.attrib["width"].removesuffix("pt")) == pytest.approx(0.75 * first.width, abs=1)
    else:
        image = Image.open(io.BytesIO(first.image))
        assert image.width >= 1.4 * first.width  # sharp on dense screens


def test_the_users_own_settings_neither_change_a_figure_nor_are_changed(drawings):
    plain = drawings["ranking"]()
    with matplotlib.rc_context({"font.size": 30, "text.usetex": False, "axes.grid": True, "svg.hashsalt": "mine"}):
        assert drawings["ranking"]() == plain
        assert matplotlib.rcParams["font.size"] == 30
        assert matplotlib.rcParams["svg.hashsalt"] == "mine"


def test_drawing_touches_no_pyplot_and_no_window():
    code = (
        "import sys\n"
        "from classlab.reports.figures.curves import curves, curves_figure\n"
        "curves_figure(curves({'a': [{'loss': (1.0, 0.5)}]}, 'loss'))\n"
        "print('matplotlib.pyplot' in sys.modules, 'torch' in sys.modules, 'keras' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]


def test_the_confusion_matrix_says_which_way_it_is_read(drawings):
    figure = drawings["confusion"]()
    assert figure.title == "Confusion matrix: rows are the true classes, columns the predicted ones."
    assert figure.numbers[0].header[0] == "true \\ predicted"
    assert figure.numbers[0].rows[0][1] == str(CONFUSION.counts[0][0])


def test_many_classes_are_drawn_without_numbers_in_the_cells():
    labels = np.arange(200) % 40
    names = tuple(f"class {place}" for place in range(40))
    many = ConfusionNumbers(class_names=names, confusion=confusion(labels, labels, classes=40))
    assert confusion_figure(many).alternative == (
        "Of 200 images, 200 lie on the diagonal, where the predicted class is the true one. There is no mistake."
    )


def test_what_is_drawn_in_ink_can_be_read_on_light_paper_and_on_dark():
    for light, dark in drawing.DARK.items():
        if light not in (drawing.PAPER, drawing.GRID, drawing.OTHER):
            least = 3.0 if light == drawing.COLOURS[0] else 4.5  # lines, and letters
            assert contrast(light, drawing.PAPER) >= least
            assert contrast(dark, drawing.DARK[drawing.PAPER]) >= 4.5
    for colour in drawing.COLOURS:
        assert contrast(drawing.DARK.get(colour, colour), drawing.DARK[drawing.PAPER]) >= 3.0
    # The darkest cell of a confusion matrix.
    for paper, ink in ((drawing.PAPER, drawing.INK), (drawing.DARK[drawing.PAPER], drawing.DARK[drawing.INK])):
        shade = [0.8 * blue + 0.2 * below for blue, below in zip(parts(drawing.COLOURS[0]), parts(paper), strict=True)]
        assert contrast(ink, shade) >= 4.5


def test_paper_and_ink_are_those_of_the_pages():
    css = (Path(drawing.__file__).parents[1] / "templates" / "style.css").read_text(encoding="utf-8")
    for name, light in (("paper", drawing.PAPER), ("ink", drawing.INK), ("line", drawing.GRID)):
        assert re.findall(rf"--{name}: (#\w+);", css)[:2] == [light, drawing.DARK[light]]


def parts(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def contrast(one, other) -> float:
    """Of two colours, after WCAG 2.1."""
    shades = [luminance(tuple(parts(each) if isinstance(each, str) else each)) + 0.05 for each in (one, other)]
    return max(shades) / min(shades)


def test_a_drawing_swaps_its_colours_for_readers_of_dark_pages(drawings):
    text = drawings["ranking"]().image.decode()
    assert text.count("@media screen and (prefers-color-scheme:dark)") == 1
    assert '[style*="fill: #ffffff"]{fill:#16181d!important}' in text


def test_a_photograph_weighs_no_more_than_a_screen_shows():
    photograph = np.random.default_rng(3).integers(0, 256, size=(1, 900, 600, 3), dtype=np.uint8)
    figure = tile_figure(tile(np.zeros(1, np.int64), ("a",), rows=1, columns=5), photograph)
    (encoded,) = re.findall(rb'"data:image/png;base64,([^"]+)"', figure.image)
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as image:
        assert (image.height, image.width) == (157, 104)


@pytest.mark.parametrize(
    ("values", "metric", "longest"),
    [((0.9123, 0.9124), "accuracy", 6), ((0.9123,), "accuracy", 6), ((0.31234,), "loss", 5), ((0.3, 0.301), "loss", 5)],
)
def test_an_axis_is_never_so_short_that_its_labels_need_many_decimals(monkeypatch, values, metric, longest):
    drawn = {}
    monkeypatch.setattr(curves_module, "svg", lambda canvas: drawn.update(canvas=canvas) or b"<svg/>")
    curves_figure(curves({"a": [{metric: values, f"val_{metric}": values}]}, metric))
    axes = drawn["canvas"].axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert max(len(label) for label in labels) <= longest
    assert {label.get_text() for label in axes.get_xticklabels() if label.get_text()} >= {"1"}
    assert all(label.get_text().isdigit() for label in axes.get_xticklabels())
