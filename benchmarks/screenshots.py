"""Screenshots of what people look at: a report and the lab, light and dark, on a desktop and on a phone.

    python -m benchmarks.screenshots
    python -m benchmarks.screenshots -o elsewhere --only report

Needs Chromium or Chrome and `pip install ".[test-browser]"`. Everything comes from data that travel with the package;
the lab takes a minute.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

import classlab
from classlab.cli.main import main as command
from tests.browser.chromium import VIEWS, arguments, find_browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from classlab.studies.result import StudyResult
    from playwright.sync_api import Browser

    from tests.browser.chromium import View

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
MOST_BYTES = 150_000  # of one picture, so that a page opens quickly and a clone stays small
_QUALITY = 70  # of WebP; letters have no rings around them yet
_ARMS = [
    {"optimizer": "sgd", "learning_rate": [0.01, 0.1]},
    {"optimizer": ["adam", "rmsprop"], "learning_rate": [0.001, 0.01]},
]


def main(words: Sequence[str] | None = None) -> None:
    options = _options(words)
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        for page in options.only:
            address = PAGES[page](Path(name))
            for view in VIEWS:
                write(options.output / f"{page}-{view.name}.webp", screenshot(browser, address, view))


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine; refused where there is none."""
    from playwright.sync_api import sync_playwright

    found = find_browser()
    if found is None:
        raise SystemExit(
            "Chromium or Chrome must be installed for screenshots. `apt-get install chromium`, for example."
        )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=arguments())
        yield browser
        browser.close()


def screenshot(browser: Browser, address: str, view: View) -> bytes:
    """The first screen of a page, as WebP."""
    width, height = view.pixels
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=view.scheme)
    page = context.new_page()
    page.goto(address, wait_until="load")
    content = io.BytesIO()
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(content, format="WEBP", quality=_QUALITY, method=6)
    context.close()
    return content.getvalue()


def write(path: Path, content: bytes) -> None:
    """Writes a picture and says so; one that is too large is refused."""
    if len(content) > MOST_BYTES:
        raise SystemExit(f"{path.name} has {len(content):,} bytes, more than {MOST_BYTES:,}. Draw less in it.")
    path.write_bytes(content)
    print(f"{path}: {len(content):,} bytes")


def study(place: Path) -> StudyResult:
    """The study that the documentation shows; trained once in a folder."""
    asked = classlab.Study("which-optimizer", data="mnist5k", model="linear", epochs=10, seeds=5, arms=_ARMS)
    return asked.run(place / "store")


def report(place: Path) -> str:
    """Its report."""
    study(place)
    path = place / "report.html"
    command(["report", "which-optimizer", "--store", str(place / "store"), "-o", str(path), "--quiet"])
    return path.as_uri()


def lab(place: Path) -> str:
    """The report of the embedded lab."""
    command(["lab", "--embedded", "--store", str(place / "store"), "-o", str(place / "lab"), "--quiet"])
    return (place / "lab" / "lab.html").as_uri()


PAGES: dict[str, Callable[[Path], str]] = {"report": report, "lab": lab}


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=PICTURES, help="folder of the pictures (docs/pictures)")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=list(PAGES), help="pages, as in report,lab"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
