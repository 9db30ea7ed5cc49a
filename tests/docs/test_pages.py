"""The documentation as a whole: its links lead somewhere, its pictures are small, its summaries repeat the evidence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
PICTURES = sorted((DOCS / "pictures").iterdir())
# Which command writes between which markers of which page.
MEASURED = {
    "doctor": {"planted-faults", "foreign-faults", "written-programs"},
    "drawing": {"drawing-clients"},
    "kernels-against-keras": {"kernels-against-keras", "lab-both-ways"},
    "fresh-starts": {"fresh-starts"},
    "growing": {"ray-faults", "run-overhead"},
    "install": {"install-size"},
    "lab-figures": {"figures"},
    "lab-steps": {"lab-steps"},
    "performance": {
        *("figures", "networks", "networks-avx2", "network-claims", "growth", "absolute", "startup", "roofline"),
        *("precision", "precision-networks", "precision-own-layer", "precision-constant", "precision-falling"),
        *("kernels", "beside-others", "kills"),
    },
    "rate-finder": {"rate-finder", "rate-finder-held-out"},
    "search": {"search-mlp", "search-cnn"},
    "statistics": {"coverage", "power"},
    "store-of-many": {"store-of-many"},
    "transfer": {"heads"},
}
# The lines of a page for users that repeat figures of a page of evidence.
REPEATED = {
    "doctor": re.compile(r"^\| ((?:facts|symptoms|healthy).*) \|$", re.MULTILINE),
    "performance": re.compile(
        r"^\| ((?:seven linear arms|four perceptrons, rates|one |four CNNs).*) \|$", re.MULTILINE
    ),
}


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_to_a_file_and_a_heading(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("http")]
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent != ROOT], ids=lambda page: page.stem)
def test_every_page_says_first_what_it_is_and_whom_it_is_for(page):
    title, opening = page.read_text(encoding="utf-8").split("\n\n")[:2]
    assert title.startswith("# ")
    assert re.search(r"\b(is|are)\s+for\s+(everyone|readers|students)\b", opening)


def test_no_page_takes_the_place_of_one_that_sphinx_writes_itself():
    assert not {"search", "genindex", "py-modindex"} & {page.stem for page in DOCS.glob("*.md")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_picture_is_described(page):
    for words, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert len(words) > 40, path


def test_pictures_are_small_and_all_are_used():
    assert all(picture.stat().st_size <= 150_000 for picture in PICTURES)
    assert sum(picture.stat().st_size for picture in PICTURES) <= 1_700_000  # eleven pages, four times each
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert all(f"pictures/{picture.name})" in text for picture in PICTURES)


@pytest.mark.parametrize("picture", [path for path in PICTURES if path.suffix == ".svg"], ids=lambda path: path.stem)
def test_a_drawing_loads_nothing_from_elsewhere(picture):
    text = picture.read_text(encoding="utf-8")
    assert not re.findall(r"""(?:href|src|url\()\s*=?\s*["'(]?https?://""", text)
    assert "<script" not in text


@pytest.mark.parametrize(("name", "markers"), MEASURED.items())
def test_the_pages_of_evidence_hold_the_markers_that_the_commands_fill(name, markers):
    text = (DOCS / "evidence" / f"{name}.md").read_text(encoding="utf-8")
    found = re.findall(r"<!-- ([a-z0-9-]+):start -->\n.+?\n<!-- \1:end -->", text, flags=re.DOTALL)
    assert sorted(found) == sorted(markers)


@pytest.mark.parametrize(("name", "rows"), REPEATED.items())
def test_figures_on_a_page_for_users_are_those_of_the_evidence(name, rows):
    evidence = (DOCS / "evidence" / f"{name}.md").read_text(encoding="utf-8")
    known = {row.split(" | ")[0]: re.findall(r"\d[\d.]*", row.split(" | ", 1)[1]) for row in rows.findall(evidence)}
    repeated = rows.findall((DOCS / f"{name}.md").read_text(encoding="utf-8"))
    assert repeated
    for row in repeated:
        first, rest = row.split(" | ", 1)
        figures = re.findall(r"\d[\d.]*", rest)
        assert figures == known[first][: len(figures)]
