from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from classlab.records import Opening
from classlab.reports.document import (
    Bullets,
    Callout,
    Choices,
    Code,
    Document,
    Figure,
    Folded,
    Gallery,
    Paragraph,
    Section,
    Table,
    Terms,
)
from classlab.reports.html import to_html
from classlab.reports.study_report import study_document

VOID = {"meta", "img", "br", "hr", "link", "input"}
# In text, in an attribute, in a script, in a comment, in a template, in a style, as entities.
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></textarea><svg/onload=alert(1)>",
    "<!-- --!> <b>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "\x00\x1b[31m<iframe src=//evil.example>",
)
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section", "aside", "div"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "a", "ul", "li", "dl", "dt", "dd", "pre", "code", "strong"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "img", "figcaption", "details", "summary"),
    "script",  # one, our own, which the policy knows by its hash
}


class Page(HTMLParser):
    """Reads a page, and refuses what HTML refuses: tags that do not match, ids that occur twice."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        assert len(ids) == len(set(ids))

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if not self._open or self._open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def everything(text: str) -> Document:
    """A document with the same text in every field of every block."""
    table = Table(caption=text, header=(text, text), rows=((text, text),), note=text)
    figure = Figure(
        name=text, title=text, alternative=text, image=b"<svg/>", kind="svg", width=600, numbers=(table,), caption=text
    )
    blocks = (
        Paragraph(text=text),
        Bullets(items=(text,)),
        Terms(items=((text, text),)),
        table,
        figure,
        Gallery(figures=(figure,)),
        Code(text=text, language=text),
        Callout(tone="note", title=text, items=(text,), figure=figure),
        Folded(summary=text, blocks=(Paragraph(text=text), table), opened=True),
        Choices(question=text, answers=((text, text),)),
    )
    inner = Section(title=text, blocks=blocks)
    sections = tuple(Section(title=text, blocks=(*blocks, inner)) for _ in range(4))
    opening = (Callout(tone="warning", title=text, items=(text,)),)
    return Document(title=text, subtitle=text, sections=sections, opening=opening, footer=text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_text_stays_text_in_every_field(payload):
    page = Page(to_html(everything(payload)))
    assert {tag for tag, _ in page.tags} <= ELEMENTS
    assert len(page.all("script")) == 1
    allowed = {"src", "alt", "width", "class", "id", "href", "scope", "role", "aria-label", "tabindex", "open", "name"}
    for tag, attributes in page.tags:
        if tag not in ("html", "meta", "script"):
            assert attributes.keys() <= allowed
        assert (attributes.get("href") or "#").startswith("#")
        assert (attributes.get("src") or "data:image/").startswith("data:image/")
    harmless = Page(to_html(everything("harmless")))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]


def test_characters_that_no_page_may_hold_are_replaced():
    text = to_html(everything("a\x00b\ud800c\x1bd"))
    assert "a\ufffdb\ufffdc\ufffdd" in text
    assert text.encode()


def test_a_text_comes_back_as_it_was():
    page = Page(to_html(everything(PAYLOADS[0])))
    assert page.text.count(PAYLOADS[0]) > 40
    assert all(image["alt"] == PAYLOADS[0] for image in page.all("img"))


def test_hostile_names_of_studies_arms_classes_and_openings_stay_text(make_study, make_evidence):
    names = (PAYLOADS[0], PAYLOADS[1], PAYLOADS[3])
    opening = Opening(
        time="2026-01-01T00:00:00+00:00", dataset="toy", digest="ab" * 32, study=PAYLOADS[1], purpose="study", runs=4
    )
    study = make_study(
        {PAYLOADS[0]: (0.8, 0.9), PAYLOADS[1] + "$x_1$": (0.7, None)},
        names=names,
        name=PAYLOADS[3],
        question=PAYLOADS[1],
        record={"openings": (opening,), "notices": (PAYLOADS[0],)},
    )
    evidence = make_evidence(study, missing=(PAYLOADS[1],))
    report = to_html(study_document(evidence))
    page = Page(report)
    assert {tag for tag, _ in page.tags} <= ELEMENTS
    assert len(page.all("script")) == 1
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', report)
    assert pictures
    assert not any(b"<script" in base64.b64decode(picture) for picture in pictures)


def test_a_page_needs_no_network_and_forbids_it(plain_report):
    text = to_html(plain_report)
    page = Page(text)
    policy = next(meta for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    (script,) = re.findall(r'<script type="module">(.*)</script>', text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["content"] == (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )
    assert not re.search(r"https?://|url\(|@import|fetch|XMLHttp|eval|innerHTML", re.sub(r'src="data:[^"]*"', "", text))
    assert not page.all("link")


def test_a_page_has_the_structure_that_screen_readers_need(plain_report):
    page = Page(to_html(plain_report))
    assert [len(page.all(tag)) for tag in ("h1", "main", "header", "footer", "nav", "title")] == [1] * 6
    assert page.all("html")[0]["lang"] == "en"
    assert all(image["alt"] for image in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert {head.get("scope") for head in page.all("th")} == {"col", "row"}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    targets = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {(link["href"] or "")[1:] for link in page.all("a")} <= targets


def test_the_same_study_gives_the_same_bytes(plain_study, plain_report, make_evidence):
    assert to_html(study_document(make_evidence(plain_study))) == to_html(plain_report)


def test_of_several_choices_one_is_open_at_a_time():
    asked = Choices(question="Which?", answers=(("A", "No."), ("B", "Yes.")))
    page = to_html(Document(title="", subtitle="", sections=(Section(title="T", blocks=(asked,)),)))
    choice = '<details name="s1-1">\n<summary>{}</summary>\n<p>{}</p>\n</details>\n'
    assert f"<p>Which?</p>\n{choice.format('A', 'No.')}{choice.format('B', 'Yes.')}</div>" in page


def test_what_is_folded_unfolds_without_a_script():
    folded = Folded(summary="180 runs", blocks=(Paragraph(text="a < b"),))
    page = to_html(Document(title="", subtitle="", sections=(Section(title="T", blocks=(folded,)),)))
    assert "<details>\n<summary>180 runs</summary>\n<p>a &lt; b</p>\n" in page
    assert "</details>" in page
