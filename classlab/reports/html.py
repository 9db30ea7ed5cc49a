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
    clean_text,
)

if TYPE_CHECKING:
    from jinja2 import Environment

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
    Choices: "choices",
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
    return environment("classlab.reports").get_template("page.html").render(document=document, contents=contents)


def data_address(figure: Figure) -> str:
    """The figure's bytes as a `data:` address."""
    return f"data:{_MEDIA[figure.kind]};base64,{base64.b64encode(figure.image).decode()}"


def _kind(block: Block) -> str:
    return _KINDS[type(block)]


def _clean(value: Any) -> Any:
    # What the templates' own macros give is markup already, a subclass of str.
    return clean_text(value) if type(value) is str else value


@cache
def environment(*packages: str) -> Environment:
    """What makes pages of the templates of packages, the first that has one, with all text escaped."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    loader = ChoiceLoader([PackageLoader(package) for package in packages])
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_clean,
    )
    script = f'{loader.get_source(made, "tables.js")[0]}enhanceTables(document, "table");\n'
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    made.globals.update(kind=_kind, data_address=data_address, min=min)
    made.globals.update(script=Markup(script), script_hash=f"sha256-{digest}")  # noqa: S704  (our own file)
    return made
