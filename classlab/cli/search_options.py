"""The options of `classlab search`, and the search file that they stand for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.cli.shared_options import add_machine_options, add_output_options, add_store_option
from classlab.cli.table_options import default_text, flag, values_given
from classlab.options import OPTIONS, STUDY_SETTINGS, TABLE
from classlab.options.option_text import read_value
from classlab.options.table import SEARCH_SETTINGS, SHAPE, meaning

if TYPE_CHECKING:
    import argparse

    from classlab.cli.parser import Subparsers

SPACE_KEYS = ("size", "fit", *SHAPE, *OPTIONS)  # decide what may be drawn; a search file has its own
SETTINGS = (*SEARCH_SETTINGS, *(name for name in STUDY_SETTINGS if name != "folds"))
_RANGE = r"([^,]+)\.\.([^,]+)"
_DESCRIPTION = """\
Looks for a good network and good settings within a budget. Candidates train in lock-step; at rungs the weak ones leave,
and what they would have taken goes to new ones. The finalists are trained again from fresh seeds and judged by a study,
which alone opens the test images. Run again, a search that was stopped goes on.
"""


def add_search(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "search", help="find a good network and good settings within a budget", description=_DESCRIPTION
    )
    parser.add_argument(
        "what", nargs="?", metavar="FILE.toml|DATA", help="search file, or a dataset to search the usual space for"
    )
    search = parser.add_argument_group("the search", "Beside FILE.toml these replace its own.")
    for name in SETTINGS:
        _add(search, name)
    space = parser.add_argument_group(
        "the space",
        "A comma separates choices, of --units a slash, and two dots a range, as in 0.001..0.1; one value is fixed. "
        "What is not given is searched where the model has a usual space.",
    )
    for name in SPACE_KEYS:
        _add(space, name)
    place = parser.add_argument_group("where and how")
    add_store_option(place, what="where the search and the finalists' runs are kept")
    start = place.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on with an interrupted search, as is done anyway")
    start.add_argument("--again", action="store_true", help="begin anew what the store holds already")
    place.add_argument("--schema", action="store_true", help="print the JSON Schema of search files, and stop")
    add_machine_options(place)
    add_output_options(place, quiet="no narration, only what was found", json="the search as one JSON document")
    parser.set_defaults(run="search", command_parser=parser)


def is_file(options: argparse.Namespace) -> bool:
    """Whether a search file was given rather than a dataset."""
    return str(options.what).lower().endswith(".toml")


def space_flags(options: argparse.Namespace) -> list[str]:
    """The given options that decide what may be drawn, as they are spelled."""
    return [flag(name) for name in SPACE_KEYS if getattr(options, name) is not None]


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """The given options that leave the space as it is."""
    return {name: read_value(name, text) for name, text in values_given(options, SETTINGS).items()}


def space(options: argparse.Namespace) -> dict[str, Any]:
    """The space as a search file would have it."""
    return {name: _read(name, text) for name, text in values_given(options, SPACE_KEYS).items()}


def default_name(options: argparse.Namespace) -> str:
    """Data and model, as in `fashion_mnist-mlp`."""
    models = [Path(model).stem for model in (options.model or "mlp").split(",")]
    words = [Path(options.what).stem, *models]
    return "-".join("".join(letter for letter in word if letter.isalnum() or letter in "_.") for word in words)[:80]


def _read(name: str, text: str) -> Any:
    found = re.fullmatch(_RANGE, text.strip())
    if found is not None and TABLE[name].kind in ("number", "whole", "list"):
        low, high = (_number(each) for each in found.groups())
        return {"low": low, "high": high}
    several = name in SHAPE and "," in text
    return [read_value(name, each) for each in text.split(",")] if several else read_value(name, text)


def _number(text: str) -> Any:
    """A number as TOML has it; what is none stays text, which the search's checks then refuse."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _add(group: argparse._ArgumentGroup, name: str) -> None:
    option = TABLE[name]
    words = f": {', '.join(option.words)}" if option.kind == "word" else ""
    shown = f"{meaning(option)}{words} ({default_text(option, option.default)})".replace("%", "%%")
    metavar = {"word": "NAME", "switch": "true|false"}.get(option.kind, option.metavar.removesuffix(",..."))
    several = ",..." if name in SPACE_KEYS[2:] else ""
    group.add_argument(flag(name), metavar=metavar + several, help=shown)
