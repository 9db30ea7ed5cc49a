"""A report before it is a page: titles, sentences, tables and figures, without a word of HTML or Markdown.

Every text field is plain text. Names of studies, arms and classes come from files that others wrote, so whoever
turns a document into a page escapes all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias
from unicodedata import category

from classlab.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator


Tone = Literal["verdict", "warning", "note"]
Cells: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Sentences that belong together."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A glossary: terms with what they mean."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text under a header.

    Args:
        caption: what the table shows, with units.
        header: one name per column.
        rows: as many cells each as the header has; the first cell names the row.
        words: positions of the columns that hold words; the others hold numbers and are set to the right.
        note: what a reader must know to read it.
    """

    caption: str
    header: Cells
    rows: tuple[Cells, ...]
    words: tuple[int, ...] = (0,)
    note: str = ""

    def __post_init__(self) -> None:
        uneven = next((row for row in self.rows if len(row) != len(self.header)), None)
        if uneven is not None:
            raise SpecError(
                f"every row of the table {self.caption!r} must have {len(self.header)} cells, but got {len(uneven)}: "
                f"{uneven}. Give one cell per column."
            )


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A drawing, what it says in words, and the numbers behind it.

    Args:
        name: short and unique in its document, as a file name would be.
        title: what the figure shows.
        alternative: what a reader who cannot see it must know; the figure's message, not its looks.
        image: the file's bytes.
        kind: the file's format.
        width: width at which it is meant to be seen, in CSS pixels.
        numbers: what was drawn.
        caption: how to read it.
    """

    name: str
    title: str
    alternative: str
    image: bytes
    kind: Literal["svg", "png"]
    width: int
    numbers: tuple[Table, ...] = ()
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Figures side by side where there is room, one below the other where there is not."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True, kw_only=True)
class Code:
    """Text to be copied as it is: a command, a file."""

    text: str
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Callout:
    """Sentences that must not be missed, the first of them most, with a picture beside them where one says the same."""

    tone: Tone
    title: str
    items: tuple[str, ...]
    figure: Figure | None = None


@dataclass(frozen=True, kw_only=True)
class Folded:
    """What most readers pass over: a line that says what it is, and the rest on request.

    Args:
        summary: what is folded away, with its size.
        blocks: what unfolds; whole where a page cannot fold.
        opened: whether it is unfolded from the beginning.
    """

    summary: str
    blocks: tuple[Block, ...]
    opened: bool = False


@dataclass(frozen=True, kw_only=True)
class Choices:
    """A question to the reader, whose answers open what is said to them.

    Args:
        question: what to decide.
        answers: each with what is said to whoever chooses it.
    """

    question: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands below it; sections within a section are one level deeper."""

    title: str
    blocks: tuple[Block, ...]


Block: TypeAlias = Paragraph | Bullets | Terms | Table | Figure | Gallery | Code | Callout | Choices | Folded | Section


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole report.

    Args:
        title: its one main heading.
        subtitle: a line below it: what was compared, on what, when.
        opening: what comes before the first section: notices and the verdict.
        sections: the body, in reading order.
        footer: the last line, such as the version that wrote it.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    opening: tuple[Callout, ...] = ()
    footer: str = ""


def figures_of(document: Document) -> tuple[Figure, ...]:
    """Every figure of a document, in reading order."""
    blocks: tuple[Block, ...] = (*document.opening, *document.sections)
    return tuple(figure for block in blocks for figure in _figures(block))


def _figures(block: Block) -> Iterator[Figure]:
    if isinstance(block, Figure):
        yield block
    elif isinstance(block, Callout):
        yield from (block.figure,) if block.figure else ()
    elif isinstance(block, Gallery):
        yield from block.figures
    elif isinstance(block, (Folded, Section)):
        for inner in block.blocks:
            yield from _figures(inner)


_KEPT = "\n\t"
_REPLACEMENT = "\ufffd"


def clean_text(text: str) -> str:
    r"""Replaces control characters and halves of surrogate pairs, which HTML forbids and UTF-8 cannot encode.

    Args:
        text: anything, names from foreign files included.

    Example:
        >>> clean_text("a\x00b") == "a\ufffdb"
        True
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter in _KEPT or category(letter) not in ("Cc", "Cs") else _REPLACEMENT for letter in text
    )


LONG = 20  # rows; about a screen


def folded_where_long(table: Table, what: str) -> Block:
    """The table itself, or folded away under a line that says what it holds.

    Args:
        table: what is shown.
        what: the line, as in `Figures of every run (180 rows)`; the number of rows is added.
    """
    if len(table.rows) <= LONG:
        return table
    return Folded(summary=f"{what} ({len(table.rows):,} rows)", blocks=(table,))
