"""A document as Markdown (CommonMark with pipe tables), for repositories and for reading as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

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
    figures_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

# Everything with a meaning in CommonMark or in inline HTML; "." and ")" only matter after a number that starts a line.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
_LINE_START = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+])(?=\s|$)|^(?=[-=]+$)")


def to_markdown(document: Document, *, figures: str | None = None) -> str:
    r"""Writes a document as Markdown; names are escaped so that they stay text.

    Args:
        document: what to show.
        figures: folder, as seen from the Markdown file, in which the pictures of `figure_files` lie; where it is None
            a figure's description and numbers stand in for it.

    Example:
        >>> print(to_markdown(Document(title="SGD *and* Adam", subtitle="", sections=())), end="")
        # SGD \*and\* Adam
    """
    links = None if figures is None else _Links(quote(figures, errors="surrogateescape"), file_names(document))
    parts = [f"# {_text(document.title)}"]
    if document.subtitle:
        parts.append(_text(document.subtitle))
    blocks: tuple[Block, ...] = (*document.opening, *document.sections)
    for block in blocks:
        parts += _block(block, level=2, links=links)
    if document.footer:
        parts += ["---", _text(document.footer)]
    return "\n\n".join(parts) + "\n"


def figure_files(document: Document) -> dict[str, bytes]:
    """The pictures of a document by file name, as `to_markdown` links them."""
    return {name: figure.image for name, figure in zip(file_names(document), figures_of(document), strict=True)}


def file_names(document: Document) -> tuple[str, ...]:
    """One file name per figure, in reading order; numbered, because two figures may have the same name."""
    names = []
    for place, figure in enumerate(figures_of(document), start=1):
        stem = re.sub(r"[^a-z0-9]+", "-", figure.name.lower()).strip("-") or "figure"
        names.append(f"{place:02d}-{stem}.{figure.kind}")
    return tuple(names)


class _Links:
    """Hands out the addresses of the pictures in reading order."""

    def __init__(self, folder: str, names: Sequence[str]) -> None:
        self._folder = folder
        self._names = iter(names)

    def following(self) -> str:
        return f"{self._folder}/{next(self._names)}"


def _block(block: Block, *, level: int, links: _Links | None) -> list[str]:
    if isinstance(block, Section):
        inner = [part for each in block.blocks for part in _block(each, level=min(level + 1, 6), links=links)]
        return [f"{'#' * level} {_text(block.title)}", *inner]
    if isinstance(block, Folded):
        inner = [part for each in block.blocks for part in _block(each, level=level, links=links)]
        return [f"**{_text(block.summary)}**", *inner]
    if isinstance(block, Gallery):
        return [part for figure in block.figures for part in _figure(figure, links)]
    if isinstance(block, Figure):
        return _figure(block, links)
    if isinstance(block, Callout):
        return [*_plain(block), *(_figure(block.figure, links) if block.figure else ())]
    return _plain(block)


def _plain(block: Paragraph | Bullets | Terms | Table | Code | Choices | Callout) -> list[str]:
    if isinstance(block, Paragraph):
        return [_text(block.text)]
    if isinstance(block, Bullets):
        return ["\n".join(f"- {_text(item)}" for item in block.items)]
    if isinstance(block, Terms):
        return ["\n".join(f"- **{_text(term)}**: {_text(meaning)}" for term, meaning in block.items)]
    if isinstance(block, Choices):  # what is said to each stands further below in other words
        return [_text(block.question), "\n".join(f"- {_text(answer)}" for answer, _ in block.answers)]
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Code):
        return [_code(block)]
    return ["\n>\n".join(f"> {line}" for line in (f"**{_text(block.title)}**", *map(_text, block.items)))]


def _figure(figure: Figure, links: _Links | None) -> list[str]:
    words = [f"**{_text(figure.title)}** {_text(figure.caption)}".rstrip()]
    if links is None:
        words.append(_text(figure.alternative))
    else:
        words.insert(0, f"![{_text(figure.alternative)}]({links.following()})")
    return [*words, *(part for table in figure.numbers for part in _table(table))]


def _table(table: Table) -> list[str]:
    marks = ["---" if position in table.words else "---:" for position in range(len(table.header))]
    rows = [_row(table.header), "| " + " | ".join(marks) + " |", *(_row(row) for row in table.rows)]
    parts = [f"*{_text(table.caption)}*", "\n".join(rows)]
    return [*parts, _text(table.note)] if table.note else parts


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_text(cell) or " " for cell in cells) + " |"


def _code(block: Code) -> str:
    # The fence is longer than any run of backticks inside, so the text cannot end it.
    longest = max((len(run) for run in re.findall(r"`+", block.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{block.language}\n{clean_text(block.text)}\n{fence}"


def _text(text: str) -> str:
    line = " ".join(clean_text(text).split())
    escaped = _SPECIAL.sub(r"\\\1", line)
    return _LINE_START.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3] or ''}", escaped)
