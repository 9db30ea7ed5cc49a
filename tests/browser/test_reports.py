"""Reports as a reader's browser shows them: of a study, a run, a search, and of the lab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from made_searches import made_search

import classlab
from classlab.cli.main import main as command
from classlab.lab.lab import run_lab
from classlab.lab.setting import Setting, find_images
from classlab.reports.html import to_html
from classlab.reports.search_report import search_document
from classlab.studies.store import open_store
from tests.browser.chromium import DESKTOP, View
from tests.browser.reading import faults

pytestmark = pytest.mark.needs("playwright", "axe_playwright_python", "chromium")

MOST_BYTES = 2_000_000  # of the embedded lab's page
A4 = 718  # CSS pixels between margins of one centimetre
KINDS = ("study", "run", "search", "lab")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, lab_store: Path) -> Path:
    """The reports of a study, one of its runs, a search and a rehearsed lab, as files."""
    place = tmp_path_factory.mktemp("reports")
    store, quiet = str(place / "store"), "--quiet"
    arms = [{"optimizer": ["sgd", "adam"], "learning_rate": [0.001, 0.01, 0.1]}, {"optimizer": ["rmsprop"]}]
    study = classlab.Study("which", data="digits", model="linear", epochs=3, seeds=2, arms=arms)
    study.run(store)
    command(["report", "which", "--store", store, "-o", str(place / "study.html"), quiet])
    run = str(place / "one")
    command(["train", "--data", "digits", "--model", "linear", "--epochs", "1", "-o", run, "--store", store, quiet])
    command(["report", run, "-o", str(place / "run.html"), quiet])
    (place / "search.html").write_text(to_html(search_document(made_search())), encoding="utf-8")
    with open_store(lab_store, write=True) as opened:
        lab = run_lab(Setting(images=find_images(embedded=True), seeds=2, quick=True, cnn_epochs=1), store=opened)
    (place / "lab.html").write_text(to_html(lab.document), encoding="utf-8")
    return place


def address(reports: Path, kind: str) -> str:
    return (reports / f"{kind}.html").as_uri()


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_shuts_nobody_out_fits_its_screen_and_asks_for_nothing(visit, reports, kind):
    page = visit(address(reports, kind))
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert faults(page) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_printed_report_cuts_no_table(visit, reports, kind):
    page = visit(address(reports, kind), DESKTOP)
    assert page.pdf(format="A4", margin=dict.fromkeys(("top", "right", "bottom", "left"), "10mm")).startswith(b"%PDF")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1000})
    wide = "each => Math.round(each.getBoundingClientRect().right)"
    tables = page.evaluate(f"[...document.querySelectorAll('table')].map({wide})")
    assert max(tables) <= A4


def test_the_page_of_the_embedded_lab_is_light(reports):
    assert (reports / "lab.html").stat().st_size < MOST_BYTES


@pytest.mark.parametrize("kind", ["study", "lab"])
def test_the_first_screen_holds_the_verdict_and_its_picture(visit, reports, kind):
    page = visit(address(reports, kind), DESKTOP)
    bottom = "each => each.getBoundingClientRect().bottom"
    verdict = page.locator(".verdict").first
    assert verdict.locator(".more").evaluate(bottom) <= DESKTOP.pixels[1]
    assert verdict.locator("img").evaluate(bottom) <= DESKTOP.pixels[1]


@pytest.mark.parametrize("view", [DESKTOP, View("dark", "phone")], ids=lambda view: view.name)
def test_the_first_screen_of_the_lab_answers_what_a_hurried_reader_asks(visit, reports, view):
    page = visit(address(reports, "lab"), view)
    sentences = page.locator(".verdict").first.locator(":scope > div > p:not(.title)")
    which, sure, wrong = sentences.all_inner_texts()
    assert re.fullmatch(r"Which optimizer \(step 2\): .*'(SGD|Adam|RMSprop) 0\..*", which)
    assert re.match(r"How sure: .*95 % confidence.* points \(95 % interval ", sure)
    assert wrong.startswith("What went wrong in step 7: pixels were divided by 255 twice; the test accuracy is ")
    assert sentences.last.evaluate("each => each.getBoundingClientRect().bottom") <= view.pixels[1]


def test_the_lab_has_three_screens_before_its_first_step(visit, reports):
    page = visit(address(reports, "lab"), DESKTOP)
    top = page.get_by_role("heading", name="1. Look at the data").evaluate("each => each.getBoundingClientRect().top")
    assert top <= 3 * DESKTOP.pixels[1]


def test_a_prediction_opens_its_answer_and_closes_the_others_without_a_script(visit, reports):
    page = visit(address(reports, "lab"), DESKTOP, java_script_enabled=False)
    choices = page.locator(".choices").nth(4).locator("details")
    for place in (0, 3):
        choices.nth(place).locator("summary").click()
    said = ("As the figures have it.", "The figures say otherwise.", "The figures leave this open.")
    assert choices.nth(3).locator("p").inner_text().startswith(said)
    assert [choices.nth(place).locator("p").is_visible() for place in range(4)] == [False, False, False, True]


def test_a_table_sorts_by_its_columns_and_returns_to_the_order_of_the_report(visit, reports):
    page = visit(address(reports, "study"), DESKTOP)
    table = page.locator("table", has=page.locator("caption", has_text="Arms by validation accuracy"))
    head = table.locator("thead th", has_text="test accuracy")

    def column() -> list[float]:
        return [float(text.split(" %")[0]) for text in table.locator("tbody td:nth-child(4)").all_inner_texts()]

    written = column()
    head.get_by_role("button").click()
    assert (column(), head.get_attribute("aria-sort")) == (sorted(written), "ascending")
    head.get_by_role("button").press("Enter")  # a keyboard does what a mouse does
    assert (column(), head.get_attribute("aria-sort")) == (sorted(written, reverse=True), "descending")
    head.get_by_role("button").click()
    assert (column(), head.get_attribute("aria-sort")) == (written, "none")


def test_a_long_table_shows_the_rows_with_the_words_that_are_typed(visit, reports):
    page = visit(address(reports, "study"), DESKTOP)
    for folded in page.locator("details").all():
        folded.evaluate("each => each.open = true")
    table = page.locator("table", has=page.locator("caption", has_text="Every run")).first
    group = page.locator(".scroll", has=table)
    field = group.locator("xpath=preceding-sibling::div[1]").get_by_role("searchbox")
    field.fill("adam 0.01")
    assert {text.split()[0] for text in table.locator("tbody tr:visible th").all_inner_texts()} == {"adam"}
    field.fill("")
    assert table.locator("tbody tr:visible").count() == 14


def test_a_report_is_whole_without_its_script(visit, reports):
    page = visit(address(reports, "study"), DESKTOP, java_script_enabled=False)
    assert page.locator("table button, .filter").count() == 0
    assert page.locator("table:visible").count() > 0


def test_a_figure_follows_light_and_dark(visit, reports):
    corners = []
    for scheme in ("light", "dark"):
        page = visit(address(reports, "study"), View(scheme, "desktop"))
        picture = page.locator(".verdict img").screenshot()
        corners.append(_corner(picture))
    assert corners == [(255, 255, 255), (0x16, 0x18, 0x1D)]


def _corner(picture: bytes) -> tuple[int, ...]:
    import io

    from PIL import Image

    return Image.open(io.BytesIO(picture)).convert("RGB").getpixel((4, 4))
