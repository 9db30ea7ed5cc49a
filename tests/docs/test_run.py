"""Everything that the documentation shows to be typed is run: its commands, its Python, its study files."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec

import pytest

from tests.docs.shown import PAGES, ROOT, shown
from tests.docs.smaller import ENDS, INSTEAD, NOT_RUN, SHORTER, STANDS_FOR
from tests.docs.typist import NEEDS, bare, first, is_run, type_page

SHOWN = {page: found for page in PAGES if (found := shown(page))}
COMMANDS = [bare(each.text) for found in SHOWN.values() for each in found if each.language == "sh"]
TUTORIAL = "docs/photographs"  # has a test of its own, which looks at what it leaves
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


@NEEDS
@pytest.mark.parametrize("page", [page for page in SHOWN if page != TUTORIAL and any(map(is_run, SHOWN[page]))])
def test_everything_that_a_page_shows_to_be_typed_works(page, place, monkeypatch):
    type_page(page, place, monkeypatch)


@pytest.mark.parametrize("table", [NOT_RUN, SHORTER, ENDS], ids=["not run", "shorter", "ends"])
def test_every_row_of_the_tables_is_about_a_command_that_is_shown(table):
    used = {first({pattern: pattern for pattern in table}, command) for command in COMMANDS}
    assert set(table) - used == set()


def test_what_stands_for_something_else_is_shown():
    words = {word for command in COMMANDS for word in command.split()}
    assert STANDS_FOR.keys() - words == set()
    blocks = "".join(each.text for found in SHOWN.values() for each in found if each.language == "python")
    assert [text for text in INSTEAD if text not in blocks] == []


def test_what_is_not_run_names_packages_and_modules_that_there_are():
    left = [command for command in COMMANDS if first(NOT_RUN, command) is not None]
    extras = {
        extra for command in left for named in re.findall(r"\[([\w,-]+)\]", command) for extra in named.split(",")
    }
    modules = {module for command in left for module in re.findall(r"^python -m (\S+)", command)}
    assert extras - EXTRAS.keys() == set()
    assert modules
    assert [module for module in modules if find_spec(module) is None] == []
