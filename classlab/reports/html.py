"""A document as one HTML file that needs nothing else: no network, no second file, and no script to be read."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from classlab.reports.document import (
    Block,
    Bullets,
    Callout,
    Code,
    Document,
    Figure,
    Folded,
    Gallery,
    Paragraph,
    Section,
    Table,
    Terms,
    clean_text,
)

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_MEDIA = {"svg": "image/svg+xml", "png": "image/png"}
_KINDS: dict[type[Block], str] = {
    Paragraph: "paragraph",
    Bullets: "bullets",
    Terms: "terms",
    Table: "table",
    Figure: "figure",
    Gallery: "gallery",
    Code: "code",
    Callout: "callout",
    Folded: "folded",
    Section: "section",
}
# Above this many sections a list of links at the top helps more than it costs.
_SECTIONS_WITHOUT_CONTENTS = 3


def to_html(document: Document) -> str:
    """Writes a document as a page that opens from `file://`, on a phone and in print.

    Every text is escaped by the template and figures are data addresses. The page's own content security policy forbids
    every request and every script but the one that sorts and filters its tables, so a hostile name stays a name.

    Args:
        document: what to show.

    Example:
        >>> page = to_html(Document(title="2 < 3", subtitle="", sections=()))
        >>> "<h1>2 &lt; 3</h1>" in page
        True
    """
    contents = document.sections if len(document.sections) > _SECTIONS_WITHOUT_CONTENTS else ()
    script, digest = _script()
    page = environment("classlab.reports").get_template("page.html")
    return page.render(document=document, contents=contents, script=script, script_hash=f"sha256-{digest}")


def data_address(figure: Figure) -> str:
    """The figure's bytes as a `data:` address."""
    return f"data:{_MEDIA[figure.kind]};base64,{base64.b64encode(figure.image).decode()}"


def _kind(block: Block) -> str:
    return _KINDS[type(block)]


def _clean(value: Any) -> Any:
    # What the templates' own macros give is markup already, a subclass of str.
    return clean_text(value) if type(value) is str else value


@cache
def _script() -> tuple[Markup, str]:
    """The script of tables, and its SHA-256 in Base64, by which a page's policy knows it."""
    from jinja2 import PackageLoader
    from markupsafe import Markup

    text, _, _ = PackageLoader("classlab.reports").get_source(environment("classlab.reports"), "tables.js")
    return Markup(text), base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()  # noqa: S704  (our own file)


@cache
def environment(*packages: str) -> Environment:
    """What makes pages of the templates of packages, the first that has one, with all text escaped."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_clean,
    )
    made.globals.update(kind=_kind, data_address=data_address, min=min)
    return made
