"""The tables of options in the documentation, made of the one table: `python -m benchmarks.option_tables`."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from benchmarks.page import replace_between
from classlab.cli.table_options import flag
from classlab.cli.train_options import GROUPS
from classlab.options import OPTIONS, STUDY_KEYS, TABLE, options_of
from classlab.options.table import SEARCH_SETTINGS, SHAPE, FitOptions, meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from classlab.options.option import Option

DOCS = Path(__file__).parents[1] / "docs"


def tables() -> dict[tuple[str, str], str]:
    """Markdown by page and by the name of the markers that it stands between."""
    flags: list[tuple[str, str, str, str]] = []
    for title, members in GROUPS.items():
        rows = _rows({name: TABLE[name] for name in members}, flag, written=True)
        flags += [(f"*{title}*", "", "", ""), *rows]
    names = [f"`{name}`" for name in OPTIONS]
    return {
        ("command-line.md", "train-options"): _table("option", flags),
        ("studies.md", "study-keys"): _table("key", _rows(STUDY_KEYS, str)),
        ("studies.md", "arm-options"): fill(
            f"Every option that determines a run is a key too: {', '.join(names)}.", 128
        ),
        ("command-line.md", "search-options"): _table("key", _rows({**SEARCH_SETTINGS, **SHAPE}, str)),
        ("python.md", "fit-options"): _table("argument", _rows(options_of(FitOptions), str)),
    }


def _rows(
    options: Mapping[str, Option], spelled: Callable[[str], str], *, written: bool = False
) -> list[tuple[str, str, str, str]]:
    """Name, meaning, what it takes, and what holds without it."""
    return [
        (
            f"`{spelled(name)}`",
            meaning(option),
            _takes(option),
            option.otherwise or (option.written(option.default) if written else f"`{option.default!r}`"),
        )
        for name, option in options.items()
    ]


def _takes(option: Option) -> str:
    """What it takes, with what its number counts where that is not said yet."""
    told = option.takes().removeprefix("one of ")
    return told if option.unit in told else f"{told} ({option.unit})"


def _table(what: str, rows: list[tuple[str, str, str, str]]) -> str:
    lines = [(what, "meaning", "takes", "without it"), ("---",) * 4, *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def main() -> None:
    """Writes every table into its page."""
    for (page, name), text in tables().items():
        replace_between(DOCS / page, name, text)


if __name__ == "__main__":
    main()
