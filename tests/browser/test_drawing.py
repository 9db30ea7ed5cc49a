"""The board in a reader's browser: keys, a finger, a picture instead, and what stays when other models are chosen."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from classlab.studies.study import Study
from tests.browser.chromium import View
from tests.browser.served_page import serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("playwright", "axe_playwright_python", "chromium", "starlette", "uvicorn")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("board") / "store"
    Study("by-hand", data="mnist5k", model="linear", epochs=3, seeds=1).run(place)
    with serve(place) as page:
        yield page


@pytest.fixture
def page(visit, served) -> Page:
    return visit(served.at("/draw"), **served.let_in)


def answer(page: Page) -> str:
    """What the model says, once it says something."""
    said = page.locator("[data-part=best]", has_text="%")
    said.wait_for()
    return said.inner_text()


def test_keys_draw_take_back_and_clear(page):
    board = page.locator("[data-part=board]")
    board.focus()
    for key in ("Space", *["ArrowDown"] * 12, "Space", *["ArrowRight"] * 6, "Space", *["Shift+ArrowUp"] * 9, "Space"):
        page.keyboard.press(key)
    one = answer(page)
    assert "at" in one
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+z")
    page.locator("[data-part=best]", has_text="Nothing is drawn yet.").wait_for()
    page.keyboard.press("Space")
    assert answer(page)
    page.keyboard.press("Delete")
    page.locator("[data-part=best]", has_text="Nothing is drawn yet.").wait_for()


def test_a_finger_draws_and_what_is_said_stands_below_the_board(visit, served):
    page = visit(served.at("/draw"), View("light", "phone"), **served.let_in)
    box = page.locator("[data-part=board]").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    brief = page.locator(".brief", has_text="%")
    brief.wait_for()
    assert brief.inner_text() == f"linear, adam 0.001, seed 0: {answer(page)}"


def test_a_picture_takes_the_place_of_the_drawing_until_one_goes_back_to_it(page):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)).save(file, format="PNG")
    page.locator("[data-part=board]").click()
    drawn = answer(page)
    page.locator("[data-part=upload]").set_input_files(
        {"name": "noise.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    page.locator("input[value='as is']").check()
    page.locator("[data-part=how]", has_text="Seen as 28x28.").wait_for()
    warning = page.locator("[data-part=warning]", has_text="The picture is unlike the training images")
    warning.wait_for()
    page.locator("input[value=righted]").check()
    page.locator("[data-part=back]").click()
    page.locator("[data-part=best]", has_text=drawn).wait_for()
    assert not page.locator("[data-part=file]").is_visible()


def test_a_file_that_is_no_picture_clears_the_answers_and_says_so_beside_the_field(visit, served):
    page = visit(served.at("/draw"), expected="422", **served.let_in)
    page.locator("[data-part=board]").click()
    answer(page)
    page.locator("[data-part=upload]").set_input_files(
        {"name": "wrong.png", "mimeType": "image/png", "buffer": b"This is a text."}
    )
    page.locator("#draw-problem", has_text="The picture").wait_for()
    assert page.locator("[data-part=best]").inner_text() == "No answer."
    assert not page.locator("[data-part=file]").is_visible()
    assert not page.locator("[data-part=image]").is_visible()
    page.locator("[data-part=board]").click(position={"x": 20, "y": 20})
    answer(page)
    assert not page.locator("#draw-problem").is_visible()


def test_the_drawing_stays_when_other_models_are_chosen(page):
    page.locator("[data-part=board]").click()
    drawn = answer(page)
    page.locator("[data-part=choose]").click()
    page.wait_for_url("**/draw?model=*")
    assert answer(page) == drawn
