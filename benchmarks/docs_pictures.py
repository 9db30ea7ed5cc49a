"""Makes the pictures of the documentation: a data tile, a righted photo, a study's figures and report, a finding.

    python -m benchmarks.docs_pictures
    python -m benchmarks.docs_pictures -o elsewhere --browser google-chrome

Everything comes from data that travel with the package's dependencies, in about a minute. The pictures of the
report, and of the verdict at its top, need Chromium or Chrome; without one of them these two stay as they are.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from rich.console import Console
from rich.text import Text

import classlab
from classlab.cli.main import main as command
from classlab.datasets.pictures import tile
from classlab.models.builtin import build
from classlab.records.layers import Rescaling
from classlab.reports.figures.curves import curves, curves_figure
from classlab.reports.figures.ranking_plot import ranking_figure, ranking_numbers
from classlab.studies.shown.pictures import prediction_picture, read_foreign_picture
from tests.datasets.own_drawings import drawings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.studies.result import StudyResult

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MOST_BYTES = 150_000  # of one picture, so that a page opens quickly and a clone stays small
_ARMS = [
    {"optimizer": "sgd", "learning_rate": [0.01, 0.1]},
    {"optimizer": ["adam", "rmsprop"], "learning_rate": [0.001, 0.01]},
]
_DRAWN = ("sgd 0.01", "sgd 0.1", "adam 0.001", "adam 0.01")  # more curves would hide each other
_WIDTH, _HEIGHT, _VERDICT = 980, 1312, 622  # CSS pixels of what is shown of the report: verdict and ranking, verdict
_TOP = (0, 0, _WIDTH, 890)  # of the tutorial's report: verdict and ranking
_CUT = Path(__file__).resolve().parent.parent / "examples" / "photographs" / "cut.py"
_COLORS = 64  # of the screenshot; more would not be seen
# Rich's own page loads its font from elsewhere, which a picture in a page must not do.
_TERMINAL = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">\n'
    "<style>.{unique_id}-matrix {{ font-family: Menlo, Consolas, 'DejaVu Sans Mono', monospace; "
    "font-size: {char_height}px; line-height: {line_height}px; }}\n{styles}</style>\n<defs>\n"
    '<clipPath id="{unique_id}-clip-terminal">'
    '<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>\n{lines}</defs>\n'
    '{chrome}<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">\n'
    '{backgrounds}<g class="{unique_id}-matrix">\n{matrix}</g>\n</g>\n</svg>\n'
)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        pictures = {
            "tile.png": tile_picture(),
            "righted.png": righted_picture(place),
            "finding.svg": finding_picture(place / "scaled-twice"),
        }
        study = classlab.Study("which-optimizer", data="mnist5k", model="linear", epochs=10, seeds=5, arms=_ARMS)
        result = study.run(place / "store")
        pictures |= study_pictures(result)
        if options.browser is None:
            print("No Chromium or Chrome was found: report.png and verdict.png stay as they are.")
        else:
            command(["report", "which-optimizer", "--store", str(place / "store"), "-o", str(place / "report.html")])
            pictures |= report_pictures(place / "report.html", options.browser)
        pictures |= photographs_pictures(place, options.browser)
    for file, content in pictures.items():
        if len(content) > MOST_BYTES:
            raise SystemExit(f"{file} has {len(content):,} bytes, more than {MOST_BYTES:,}. Draw less in it.")
        (options.output / file).write_bytes(content)
        print(f"{options.output / file}: {len(content):,} bytes")


def tile_picture() -> bytes:
    """What `classlab data mnist5k` writes beside its report."""
    return _png(tile(classlab.load("mnist5k")))


def righted_picture(place: Path) -> bytes:
    """What `predict --show` writes of a photo of a digit on paper: before, after, and what the network says."""
    run = classlab.fit("mnist5k", "mlp", epochs=5)
    photo = place / "photo.png"
    drawings("photo with shadow", seed=0)[5].save(photo)
    seen = read_foreign_picture(photo, (28, 28, 1), style=run.ink_style)
    row = run.predict(seen.pixels[None])[0]
    title = f"photo.png: {run.class_names[int(row.argmax())]} {100 * float(row.max()):.1f} %"
    return prediction_picture(seen.pixels, row, run.class_names, title=title, before=seen.before)


def study_pictures(result: StudyResult) -> dict[str, bytes]:
    """The ranking and the curves of a study's report."""
    study, analysis = result.record, result.analysis
    histories = {
        arm.name: [run.history for run in study.runs_of(place)]
        for place, arm in enumerate(study.spec.arms)
        if arm.name in _DRAWN
    }
    return {
        "ranking.svg": ranking_figure(ranking_numbers(analysis)).image,
        "curves.svg": curves_figure(curves(histories, "accuracy")).image,
    }


def finding_picture(folder: Path) -> bytes:
    """What the terminal shows when the doctor is asked about a network that scales its images twice."""
    plain = build("mlp", input_shape=(28, 28, 1), classes=10)
    scaling = Rescaling(scale=1 / 255)
    faulty = replace(plain, name="mlp", layers=(scaling, scaling, *plain.layers))
    classlab.fit("mnist5k", faulty, preprocessing="none", optimizer="sgd", epochs=5, folder=folder)
    said = io.StringIO()
    with redirect_stdout(said):
        command(["doctor", str(folder), "--prove", "--rule", "A1", "--quiet"])
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ classlab doctor runs/mlp --prove --rule A1", style="bold"))
    console.print(Text(said.getvalue().strip()))
    return console.export_svg(title="classlab doctor", code_format=_TERMINAL, unique_id="finding").encode()


def report_pictures(page: Path, browser: str) -> dict[str, bytes]:
    """The top of a report as a browser shows it, and the verdict alone.

    Args:
        page: the report.
        browser: Chromium or Chrome.
    """
    few = _screenshot(page, browser)
    return {"report.png": _png(few), "verdict.png": _png(few.crop((0, 0, _WIDTH, _VERDICT)))}


def photographs_pictures(place: Path, browser: str | None) -> dict[str, bytes]:
    """The tutorial's tile, and the top of its report.

    Args:
        place: a folder to work in.
        browser: Chromium or Chrome, without which there is no picture of the report.
    """
    photos = place / "photos"
    subprocess.run([sys.executable, str(_CUT), str(photos)], check=True)
    found = {"photographs.png": _png(tile(classlab.load(str(photos), size=(48, 48), fit="crop")))}
    if browser is None:
        return found
    store = ["--store", str(place / "store")]
    images = ["--data", str(photos), "--size", "48x48", "--fit", "crop", "--batch-size", "32"]
    arms = ["--model", "linear,cnn-small", "--epochs", "20", "--seeds", "3", "--folds", "5"]
    command(["sweep", "--name", "grounds", *images, *arms, *store])
    command(["report", "grounds", *store, "-o", str(place / "grounds.html")])
    return found | {"photographs-report.png": _png(_screenshot(place / "grounds.html", browser).crop(_TOP))}


def _screenshot(page: Path, browser: str) -> Image.Image:
    shot = page.with_suffix(".png")
    call = [browser, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", f"--screenshot={shot}"]
    call += [f"--user-data-dir={page.parent / 'browser'}", f"--window-size={_WIDTH},{_HEIGHT}", page.as_uri()]
    subprocess.run(call, check=True, capture_output=True, timeout=120)
    with Image.open(shot) as picture:
        return picture.convert("RGB").quantize(_COLORS)


def _png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, format="PNG", optimize=True)
    return content.getvalue()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=PICTURES, help="folder of the pictures (docs/pictures)")
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    parser.add_argument("--browser", default=found, help="Chromium or Chrome, for the picture of the report")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
