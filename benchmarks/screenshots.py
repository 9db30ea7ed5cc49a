"""Screenshots of what people look at: report, lab, exported page and every page of `classlab serve`.

Each is taken four times: light and dark, on a desktop and on a phone; a file once more as it would be printed.

    python -m benchmarks.screenshots
    python -m benchmarks.screenshots -o elsewhere --only report,draw

Needs Chromium or Chrome and `pip install ".[test-browser,web]"`. Everything comes from data that travel with the
package; the lab takes a minute.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from PIL import Image

import classlab
from classlab.analysis import analyse
from classlab.cli.main import main as command
from classlab.web.opaque import opaque_id
from tests.browser.chromium import PAPER, VIEWS, arguments, find_browser
from tests.browser.served_page import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Browser, Page

    from classlab.studies.shown.study_result import StudyResult
    from classlab.web.site import Site
    from tests.browser.chromium import View

Act: TypeAlias = "Callable[[Page], None]"  # what is done on a page before its picture is taken
PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
MOST_BYTES = 150_000  # of one picture, so that a page opens quickly and a clone stays small
_COLOURS = 64  # of a picture; more would not be seen
_NAME = "which-optimizer"
_THREE = ((0.35, 0.25), (0.6, 0.22), (0.65, 0.38), (0.48, 0.48), (0.66, 0.58), (0.6, 0.76), (0.34, 0.74))
_ARMS = [
    {"optimizer": "sgd", "learning_rate": [0.01, 0.1]},
    {"optimizer": ["adam", "rmsprop"], "learning_rate": [0.001, 0.01]},
]


def main(words: Sequence[str] | None = None) -> None:
    options = _options(words)
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        place = Path(name)
        for page in options.only:
            if page in FILES:
                build, act = FILES[page]
                take(page, browser, build(place), options.output, act=act)
        if not SERVED.keys().isdisjoint(options.only):
            study(place)
            with serve(place / "store") as served:
                for page in options.only:
                    if page in SERVED:
                        path, act = SERVED[page]
                        address = served.at(path(served.site))
                        take(page, browser, address, options.output, act=act, **served.let_in)


def take(name: str, browser: Browser, address: str, folder: Path, *, act: Act | None = None, **options: Any) -> None:
    """Writes a page's four pictures, and of a file how it would be printed."""
    for view in (*VIEWS, *([PAPER] if name in FILES else [])):
        write(folder / f"{name}-{view.name}.webp", screenshot(browser, address, view, act=act, **options))


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


def screenshot(browser: Browser, address: str, view: View, *, act: Act | None = None, **options: Any) -> bytes:
    """The first screen of a page, as WebP.

    Args:
        browser: Chromium.
        address: of the page.
        view: how it is looked at.
        act: what is done on the page before.
        **options: of the browser's context.
    """
    width, height = view.pixels
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=view.scheme, **options)
    page = context.new_page()
    page.emulate_media(media="print" if view.size == "paper" else "screen")
    page.goto(address, wait_until="load")
    if act is not None:
        act(page)
    content = io.BytesIO()
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        few = picture.convert("RGB").quantize(_COLOURS).convert("RGB")
        few.save(content, format="WEBP", lossless=True, quality=100, method=6)
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
    asked = classlab.Study(_NAME, data="mnist5k", model="linear", epochs=10, seeds=5, arms=_ARMS)
    return asked.run(place / "store")


def report(place: Path) -> str:
    """Its report."""
    study(place)
    path = place / "report.html"
    command(["report", _NAME, "--store", str(place / "store"), "-o", str(path), "--quiet"])
    return path.as_uri()


def lab(place: Path) -> str:
    """The report of the embedded lab."""
    command(["lab", "--embedded", "--store", str(place / "store"), "-o", str(place / "lab"), "--quiet"])
    return (place / "lab" / "lab.html").as_uri()


def offline(place: Path) -> str:
    """A perceptron as one page that needs nothing else."""
    path = place / "offline.html"
    classlab.fit("mnist5k", "mlp", epochs=5).to_html(path)
    return path.as_uri()


def draw_on_page(page: Page) -> None:
    """Draws a three on the board of `classlab serve`."""
    _draw(page, "[data-part=board]")
    page.locator("[data-part=best]", has_text="3 at ").first.wait_for()


def fill_in(page: Page) -> None:
    """Waits for what the form that was filled in comes to."""
    page.locator("#study-file", has_text="rates").wait_for()


def draw_offline(page: Page) -> None:
    """Draws a three on the board of an exported page."""
    _draw(page, "#board")
    page.locator("#best", has_text="%").wait_for()


def _draw(page: Page, board: str) -> None:
    page.locator(board).scroll_into_view_if_needed()
    box = page.locator(board).bounding_box()
    if box is None:
        raise SystemExit(f"{board} must be seen to be drawn on, but it is hidden.")
    for number, (x, y) in enumerate(_THREE):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def _ranked(site: Site, place: int) -> str:
    """Identity of the first run of the arm at a place of the study's ranking."""
    with site.store() as store:
        record = store.study(_NAME)
    return record.runs_of(analyse(record).order[place])[0].identity


FILES: dict[str, tuple[Callable[[Path], str], Act | None]] = {
    "report": (report, None),
    "lab": (lab, None),
    "offline": (offline, draw_offline),
}
SERVED: dict[str, tuple[Callable[[Site], str], Act | None]] = {
    "studies": (lambda _: "/", None),
    "study": (lambda _: f"/study/{opaque_id(_NAME)}", None),
    "start": (lambda _: "/start?name=rates&data=mnist5k&model=linear,mlp&learning_rate=0.001,0.01", fill_in),
    "run": (lambda site: f"/run/{_ranked(site, 0)}#mistakes", None),
    "image": (lambda site: f"/run/{_ranked(site, 0)}/image/test/500", None),
    "dataset": (lambda _: f"/dataset/{opaque_id('mnist5k')}", None),
    "compare": (lambda site: f"/compare?left={_ranked(site, 0)}&right={_ranked(site, -1)}", None),
    "draw": (lambda site: f"/draw?model={_ranked(site, 0)}&model={_ranked(site, -1)}", draw_on_page),
}
PAGES = (*FILES, *SERVED)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=PICTURES, help="folder of the pictures (docs/pictures)")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=list(PAGES), help="pages, as in report,draw"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
