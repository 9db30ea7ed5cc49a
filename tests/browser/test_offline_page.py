"""The exported page in a reader's browser, from `file://`: it draws, answers, asks for nothing and shuts nobody out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import load
from classlab.offline.script import script
from classlab.studies.fit import fit
from classlab.studies.runs.run import Run
from classlab.studies.shown.pictures import read_foreign_picture
from tests.browser.chromium import DESKTOP, View
from tests.browser.reading import too_wide, violations
from tests.models.random_architectures import random_architecture, random_graph
from tests.offline.networks import check_agreement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("playwright", "axe_playwright_python", "chromium")

PIXELS = 'each => [...each.getContext("2d").getImageData(0, 0, each.width, each.height).data]'
HOSTILE = '</script><img src=x onerror="document.title = 1">'


@pytest.fixture(scope="module")
def inked() -> Run:
    return fit("mnist5k", "mlp", units=(64,), epochs=12)


@pytest.fixture
def opened(visit, tmp_path: Path) -> Callable[..., Page]:
    def call(run: Run, view: View = DESKTOP) -> Page:
        run.to_html(tmp_path / "page.html")
        return visit((tmp_path / "page.html").as_uri(), view)

    return call


def stroke(page: Page, points: list[tuple[float, float]]) -> None:
    """Draws with the mouse; places are shares of the board's side."""
    box = page.locator("#board").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def seven(left: float, top: float, size: float) -> list[tuple[float, float]]:
    return [(left, top), (left + 0.7 * size, top), (left + 0.3 * size, top + size)]


@pytest.mark.parametrize("name", ["linear", "mlp", "cnn", "cnn-small", "lenet5"])
def test_the_browser_computes_what_the_run_computes(opened, name):
    proof = opened(fit("mnist5k", name, epochs=1, limit=200)).locator("#proof")
    assert proof.get_attribute("data-agrees") == "true", proof.inner_text()
    assert proof.inner_text().startswith("This page computes what the run computes: on 2 images of noise the largest ")


def test_the_browser_computes_random_networks_as_the_engine_does(visit):
    page = visit("about:blank")

    def evaluate(expression: str, given: Any, numbers: Any) -> Any:
        code = (
            f"([given, all]) => {{ {script('answer.js')} const numbers = new Float32Array(all); return {expression} }}"
        )
        return page.evaluate(code, [given, numbers.tolist()])

    check_agreement([*map(random_architecture, range(8)), *map(random_graph, range(4))], evaluate)


@pytest.mark.parametrize(("left", "top", "size"), [(0.35, 0.25, 0.5), (0.7, 0.68, 0.26)], ids=["middle", "corner"])
def test_a_drawn_seven_is_a_seven(opened, inked, left, top, size):
    page = opened(inked)
    assert page.locator("#empty").is_visible()
    stroke(page, seven(left, top, size))
    page.locator("#best", has_text="7:").wait_for()
    assert page.locator("tr.best th").inner_text() == "7"
    assert page.locator("#bars tr").count() == 10
    page.get_by_role("button", name="Undo").click()
    page.locator("#empty").wait_for()


def test_a_picture_is_opened_and_seen_as_the_run_sees_it(opened, inked, tmp_path):
    test = load("mnist5k").test
    place = int(np.flatnonzero(test.labels == 3)[0])
    Image.fromarray(test.images[place, ..., 0]).save(tmp_path / "three.png")
    page = opened(inked)
    page.locator("#file").set_input_files(tmp_path / "three.png")
    page.locator("#best", has_text="%").wait_for()
    seen = page.locator("#seen").evaluate(PIXELS)
    assert seen[::4] == test.images[place].ravel().tolist()
    share = inked.predict(test.images[place : place + 1])[0]
    assert page.locator("#best").inner_text() == f"{share.argmax()}: {100 * share.max():.1f} %"


def test_a_colour_picture_with_holes_is_prepared_as_the_run_prepares_it(opened, tmp_path):
    rng, photos = np.random.default_rng(0), tmp_path / "photos"
    for number in range(40):
        (photos / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 128, (12, 17, 3), np.uint8) + 100 * (number % 2)
        Image.fromarray(pixels.astype(np.uint8)).save(photos / "ab"[number % 2] / f"{number}.png")
    run = fit(photos, "cnn-small", size=(16, 16), fit="pad", epochs=1)
    holes = np.where(rng.random((30, 41, 1)) < 0.2, 0, 255)  # half a hole would be rounded by the browser
    strange = np.concatenate([rng.integers(0, 256, (30, 41, 3)), holes], axis=2).astype(np.uint8)
    Image.fromarray(strange).save(tmp_path / "strange.png")
    page = opened(run)
    page.locator("#file").set_input_files(tmp_path / "strange.png")
    page.locator("#best", has_text="%").wait_for()
    seen = page.locator("#seen").evaluate(PIXELS)
    expected = read_foreign_picture(tmp_path / "strange.png", run.preparation, reading=run.record.reading).pixels
    assert [value for at, value in enumerate(seen) if at % 4 < 3] == expected.ravel().tolist()


def test_the_keyboard_draws(opened, inked):
    page = opened(inked)
    page.locator("#board").focus()
    for key in ("Space", *["ArrowRight"] * 8, "Space"):
        page.keyboard.press(key)
    page.locator("#best", has_text="%").wait_for()


def test_what_cannot_be_opened_is_said(opened, inked, tmp_path):
    (tmp_path / "no.png").write_text("no picture")
    page = opened(inked)
    page.locator("#file").set_input_files(tmp_path / "no.png")
    page.locator("#problem", has_text="This browser cannot open the file as a picture. Try PNG or JPEG.").wait_for()


def test_the_page_shuts_nobody_out_and_fits_its_screen(opened, inked, view: View):
    page = opened(inked, view)
    assert violations(page) == []
    stroke(page, seven(0.35, 0.25, 0.5))
    page.locator("#best", has_text="%").wait_for()
    assert violations(page) == []
    assert too_wide(page) == []


def test_names_of_strangers_stay_names(opened, inked):
    names = (HOSTILE, *inked.class_names[1:])
    page = opened(Run(replace(inked._stored, record=replace(inked.record, class_names=names))))
    stroke(page, seven(0.35, 0.25, 0.5))
    page.locator("#best", has_text="%").wait_for()
    assert page.locator("#bars th").first.inner_text() == HOSTILE
    assert page.locator("img").count() == 0
    assert page.title() == "mlp on mnist5k"
