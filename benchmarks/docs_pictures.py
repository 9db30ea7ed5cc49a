"""Makes the pictures of the documentation: a tile, a righted photo, a study's figures, a finding, a tutorial's report.

    python -m benchmarks.docs_pictures
    python -m benchmarks.docs_pictures -o elsewhere

Everything comes from data that travel with the package's dependencies, in about a minute. The picture of the tutorial's
report needs Chromium, as `python -m benchmarks.screenshots` does; without it that one stays as it is.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

import classlab
from benchmarks.screenshots import PICTURES, chromium, screenshot, study, write
from classlab.cli.main import main as command
from classlab.datasets.pictures import tile
from classlab.models.builtin import build
from classlab.records.layers import Rescaling
from classlab.reports.figures.curves import curves, curves_figure
from classlab.reports.figures.ranking_plot import ranking_figure, ranking_numbers
from classlab.studies.shown.pictures import prediction_picture, read_foreign_picture
from tests.browser.chromium import DESKTOP, find_browser
from tests.datasets.own_drawings import drawings
from tests.doctor.audit.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.studies.result import StudyResult
    from PIL import Image

_DRAWN = ("sgd 0.01", "sgd 0.1", "adam 0.001", "adam 0.01")  # more curves would hide each other
_CUT = Path(__file__).resolve().parent.parent / "examples" / "photographs" / "cut.py"
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
            "hand-ins.svg": hand_ins_picture(place / "hand-ins"),
            **study_pictures(study(place)),
            **photographs_pictures(place),
        }
    for file, content in pictures.items():
        write(options.output / file, content)


def tile_picture() -> bytes:
    """What `classlab data mnist5k` writes beside its report."""
    return _png(tile(classlab.load("mnist5k")))


def righted_picture(place: Path) -> bytes:
    """What `predict --show` writes of a photo of a digit on paper: before, after, and what the network says."""
    run = classlab.fit("mnist5k", "mlp", epochs=5)
    photo = place / "photo.png"
    drawings("photo with shadow", seed=0)[5].save(photo)
    seen = read_foreign_picture(photo, run.preparation, style=run.ink_style)
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
    return _terminal("$ classlab doctor runs/mlp --prove --rule A1", said.getvalue(), "finding")


def _terminal(asked: str, said: str, name: str) -> bytes:
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    console.print(Text(asked, style="bold"))
    console.print(Text(said.strip()))
    title = " ".join(asked.split()[1:3])
    return console.export_svg(title=title, code_format=_TERMINAL, unique_id=name).encode()


def hand_ins_picture(folder: Path) -> bytes:
    """What the terminal shows of a class of hand-ins."""
    faults = ("A1 two cells", "C4 sorted rows", "A3 test not scaled", "N1 a model under another name", "A1 two cells")
    for name, fault in zip(("ada", "bo", "carla", "dimitri", "eve"), faults, strict=True):
        (folder / name).mkdir(parents=True)
        (folder / name / "lab.py").write_text(FAULTS[fault].replace("  # !", "  # "), encoding="utf-8")
    (folder / "finn").mkdir()
    said = io.StringIO()
    with redirect_stdout(said):
        command(["audit", str(folder), "--quiet"])
    return _terminal("$ classlab audit hand-ins/", said.getvalue().replace(str(folder), "hand-ins"), "hand-ins")


def photographs_pictures(place: Path) -> dict[str, bytes]:
    """The tutorial's tile, and the first screen of its report where there is a browser."""
    photos = place / "photos"
    subprocess.run([sys.executable, str(_CUT), str(photos)], check=True)
    found = {"photographs.png": _png(tile(classlab.load(str(photos), size=(48, 48), fit="crop")))}
    if find_browser() is None:
        print("No Chromium or Chrome was found: photographs-report.webp stays as it is.")
        return found
    store = ["--store", str(place / "store")]
    images = ["--data", str(photos), "--size", "48x48", "--fit", "crop", "--batch-size", "32"]
    arms = ["--model", "linear,cnn-small", "--epochs", "20", "--seeds", "3", "--folds", "5"]
    command(["sweep", "--name", "grounds", *images, *arms, *store])
    command(["report", "grounds", *store, "-o", str(place / "grounds.html")])
    with chromium() as browser:
        return found | {"photographs-report.webp": screenshot(browser, (place / "grounds.html").as_uri(), DESKTOP)}


def _png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, format="PNG", optimize=True)
    return content.getvalue()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=PICTURES, help="folder of the pictures (docs/pictures)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
