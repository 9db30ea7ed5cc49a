"""The page of `classlab serve` in a reader's browser: let in, looked at, drawn on, started from and stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classlab.datasets import load
from classlab.studies.store import open_store
from classlab.studies.study import Study
from tests.browser.chromium import DESKTOP, View
from tests.browser.reading import faults
from tests.browser.served_page import Served, serve
from tests.web.recorded_strokes import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("playwright", "axe_playwright_python", "chromium", "starlette", "uvicorn")

STUDY = "by-hand <b>"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two models on digits in MNIST's manner."""
    place = tmp_path_factory.mktemp("page") / "store"
    Study(STUDY, data="mnist5k", model=["linear", "mlp"], epochs=6, seeds=2).run(place)
    return place


@pytest.fixture(scope="module")
def runs(store: Path) -> list[str]:
    """Identities: a linear classifier's first."""
    with open_store(store, write=False) as opened:
        return [run.identity for run in opened.study(STUDY).runs]


@pytest.fixture(scope="module")
def served(store: Path) -> Iterator[Served]:
    with serve(store) as page:
        yield page


@pytest.fixture
def opened(visit, served: Served) -> Callable[..., Page]:
    """Opens a page of the site in a browser that was let in."""
    return lambda path, view=DESKTOP, **more: visit(served.at(path), view, **served.let_in, **more)


def test_the_link_lets_one_browser_in_and_the_address_keeps_no_token(visit, store):
    with serve(store) as fresh:
        page = visit(fresh.gate.link)
        assert page.url == fresh.at("/")
        assert page.get_by_role("link", name=STUDY).is_visible()
        other = visit("about:blank")
        answer = other.request.get(fresh.gate.link)
        assert (answer.status, "has not been let in" in answer.text()) == (403, True)


def test_every_page_shuts_nobody_out_fits_its_screen_and_asks_nobody_else(opened, runs):
    from classlab.web.opaque import opaque_id

    study, data = opaque_id(STUDY), opaque_id("mnist5k")
    paths = [
        *("/", "/runs"),
        *("/start", "/draw", "/compare", f"/study/{study}", f"/run/{runs[0]}", f"/run/{runs[0]}/image/test/0"),
        *(f"/dataset/{data}", f"/dataset/{data}/image/train/25", f"/compare?left={runs[0]}&right={runs[2]}"),
        f"/run/{runs[0]}/cell/7/7",
    ]
    found = {}
    for path in paths:
        page = opened(path)
        assert page.locator("h1").count() == 1, path
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        found[path] = faults(page)
        page.context.close()
    assert {path: each for path, each in found.items() if each} == {}


def test_a_page_that_is_not_there_says_so(visit, served):
    context = visit("about:blank", **served.let_in)
    answer = context.request.get(served.at("/study/0123456789abcdef"))
    assert answer.status == 404
    assert "There is no such page." in answer.text()


def test_a_cell_of_the_confusion_matrix_opens_the_images_behind_it(opened, runs):
    page = opened(f"/run/{runs[0]}")
    cells = page.locator("table.matrix td:not(.right) a")
    most = max(cells.all(), key=lambda cell: int(cell.inner_text()))
    count = int(most.inner_text())
    most.click()
    images = page.locator(".thumbnails img")
    assert images.count() == count
    images.last.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.thumbnails img')].every((each) => each.naturalWidth > 0)"
    )
    images.first.click()
    assert "/image/test/" in page.url


def test_the_number_of_an_image_is_bounded_by_the_split_that_is_chosen(opened, runs):
    page = opened(f"/run/{runs[0]}")
    ends = page.locator("#split option").evaluate_all("all => all.map(each => each.dataset.last)")
    assert page.locator("#index").get_attribute("max") == ends[0] == "999"
    page.locator("#split").select_option("validation")
    assert page.locator("#index").get_attribute("max") == ends[1] == page.locator("#last").inner_text()


@pytest.mark.parametrize(("place", "height"), [((0.3, 0.2), 0.6), ((0.68, 0.66), 0.28)], ids=["middle", "corner"])
def test_a_recorded_seven_drawn_stroke_by_stroke_is_a_seven(opened, runs, seven, place, height):
    page = opened(f"/draw?model={runs[2]}&model={runs[0]}")
    strokes, width = recorded(seven, place=place, height=height)
    slide(page, width)
    box = page.locator("[data-part=board]").bounding_box()
    for (left, y), (right, _) in strokes:
        page.mouse.move(box["x"] + left * box["width"], box["y"] + y * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + right * box["width"] + 0.5, box["y"] + y * box["height"], steps=2)
        page.mouse.up()
    for model in (runs[2], runs[0]):
        said = page.locator(f'[data-model="{model}"]')
        said.locator("tr.best th", has_text="7").wait_for()
        assert "7" in said.locator("[data-part=best]").inner_text()
        assert said.locator("[data-part=bars] tr").count() == 10
    page.locator("[data-part=clear]").click()
    page.locator("[data-part=best]", has_text="Nothing is drawn yet.").first.wait_for()


@pytest.fixture(scope="module")
def seven(store: Path, runs: list[str]) -> np.ndarray:
    """The seven of the test images of which both networks are surest: what is tried is the way to them."""
    test = load("mnist5k").test
    with open_store(store, write=False) as opened:
        said = [opened.run(runs[place]).predict(test.images)[:, 7] for place in (0, 2)]
    sure = np.where(test.labels == 7, np.minimum(*said), 0)
    return test.images[sure.argmax(), ..., 0]


def slide(page: Page, width: float) -> None:
    """Sets the pen, in hundredths of the board's side."""
    page.locator("[data-part=width]").evaluate(
        "(each, value) => { each.value = value; each.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(round(100 * width)),
    )


def test_a_phone_draws_with_a_finger(opened, runs):
    page = opened(f"/draw?model={runs[2]}", View("dark", "phone"))
    board = page.locator("[data-part=board]")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("[data-part=best]", has_text="%").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_study_is_started_from_the_form_watched_paused_and_stopped(opened, served):
    page = opened("/start", expected="ERR_FAILED")
    for name, text in {"name": "from-the-form", "data": "digits", "model": "mlp", "seeds": "2"}.items():
        page.locator(f"#{name}").fill(text)
    page.locator("summary", has_text="All other options").click()
    page.locator("#epochs").fill("20000")
    page.locator("#study-file", has_text='name = "from-the-form"').wait_for()
    assert "2 runs" in page.locator("#expected-size").inner_text()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/study/*")
    state, line = page.locator("#live .state"), page.locator("#live [role=status]")
    page.locator("#live .state", has_text="training").wait_for()
    before = line.inner_text()
    page.wait_for_function("before => document.querySelector('#live [role=status]').innerText !== before", arg=before)
    page.get_by_role("button", name="Pause").click()
    page.locator("#live .state", has_text="paused").wait_for()
    assert page.locator("#said").inner_text() == ""
    assert faults(page) == []
    page.get_by_role("button", name="Resume").click()
    page.locator("#live .state", has_text="training").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator("#live .state", has_text="stopped").wait_for()
    assert state.count() == 1
    assert not served.site.started["from-the-form"].alive
    page.context.route("**/events", lambda route: route.abort())
    page.reload()
    page.locator("#lost", has_text="is lost since").wait_for()
    assert "as heard last before" in state.inner_text()
    assert faults(page) == []
    page.context.unroute("**/events")
    page.wait_for_function("() => document.querySelector('#lost').textContent === ''")
    assert state.inner_text() == "stopped"


def test_a_mistake_in_the_form_stands_beside_its_field(opened):
    page = opened("/start", expected="422")
    page.locator("#name").fill("wrong")
    page.locator("#data").fill("digits")
    page.locator("#seeds").fill("none")
    page.locator("#seeds-problem", has_text="seeds").wait_for()
    assert page.locator("#seeds").get_attribute("aria-invalid") == "true"
    assert page.locator("#expectation").inner_text().strip() == "Mend first: seeds."
    page.get_by_role("link", name="seeds", exact=True).click()
    assert page.evaluate("document.activeElement.id") == "seeds"
    assert faults(page) == []


def test_a_study_is_replaced_only_after_a_second_press(opened):
    page = opened("/start", expected="409")
    for name, text in {"name": STUDY, "data": "mnist5k", "epochs": "7"}.items():
        page.locator(f"#{name}").fill(text)
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("button", name=f"Replace study {STUDY}").wait_for()
    assert page.get_by_role("button", name=f"Start it as {STUDY}-2").is_visible()
    assert "takes its place" in page.locator("#refusal").inner_text()


def test_what_refuses_a_whole_study_stands_beside_the_button(opened):
    page = opened("/start", expected="422")
    for name, text in {
        "name": "large",
        "data": "digits",
        "epochs": "1,2,3,4,5,6,7,8,9,10,11,12",
        "seeds": "1000",
    }.items():
        page.locator(f"#{name}").fill(text)
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("alert").filter(has_text="runs").wait_for()
    assert page.locator("#start-problem").inner_text() == ""


def test_a_loss_that_diverges_has_few_ticks_and_is_named_beside_them(opened):
    from classlab.reports.figures.curves import curves
    from classlab.web.opaque import opaque_id
    from classlab.web.study_curves import plain_curves

    page = opened(f"/study/{opaque_id(STUDY)}")
    losses = {"good": [{"loss": (2.3, 0.1)}], "bad": [{"loss": (1e10, 1e20)}]}
    drawn = """numbers => import("/static/curves.js").then(({ drawCurves }) => {
        const place = document.querySelector(".curves");
        place.dataset.curves = JSON.stringify(numbers);
        drawCurves(place);
    })"""
    page.evaluate(drawn, [plain_curves(curves(losses, "loss"))])
    assert "The axis ends at 10000; beyond it: bad, up to 1.00e20." in page.locator(".charts figcaption").inner_text()
    assert page.locator(".charts text").all_text_contents()[:-3] == ["0.1", "1", "10", "100", "1000", "10000"]
    assert "training loss 1.00e20" in page.locator(".curves .reading").inner_text()
    page.get_by_role("button", name="good").click()
    assert page.locator(".charts text").all_text_contents()[:-3] == ["1e10", "1e12", "1e14", "1e16", "1e18", "1e20"]


def test_curves_are_read_by_hovering_and_hidden_by_a_click(opened):
    from classlab.web.opaque import opaque_id

    page = opened(f"/study/{opaque_id(STUDY)}")
    chart = page.locator(".charts svg").first
    chart.scroll_into_view_if_needed()
    chart.hover()
    assert page.locator(".curves .reading, .curves output").first.inner_text()
    button = page.locator(".curves .legend button").first
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
