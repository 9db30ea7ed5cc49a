"""Measured tables inside written pages: a script replaces what stands between its two markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def replace_between(page: Path, name: str, text: str) -> None:
    """Puts `text` between the lines `<!-- name:start -->` and `<!-- name:end -->` of a Markdown page.

    Args:
        page: the page; it must hold both markers.
        name: the markers' name.
        text: Markdown, without the markers.

    Raises:
        SystemExit: a marker is missing.
    """
    start, end = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
    written = page.read_text(encoding="utf-8")
    before, opening, rest = written.partition(start)
    _, closing, after = rest.partition(end)
    if not (opening and closing):
        raise SystemExit(f"{page} must hold the lines {start} and {end}. Add them where the table belongs.")
    page.write_text(f"{before}{start}\n{text.strip()}\n{end}{after}", encoding="utf-8")


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
