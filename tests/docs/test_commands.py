"""Every command that the documentation shows is one that there is: its words, options and values are the program's."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

import classlab
from classlab.cli.main import COMMANDS, parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


def blocks(page: Path, language: str) -> list[str]:
    return [text for each, text in FENCE.findall(page.read_text(encoding="utf-8")) if each == language]


def commands(page: Path) -> list[list[str]]:
    """The words of each command of a page's shell blocks, without variables before it and what is piped on."""
    found = []
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\||;|\$\(", line.partition(" #")[0]):
                words = shlex.split(part.partition(" > ")[0].rstrip(" &)"), comments=True)
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                    del words[0]
                found += [words] if words else []
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_is_understood(page):
    understood = parser()
    for program, *words in commands(page):
        if program == "classlab" and words[:1] not in ([], ["--version"], ["--help"]) and "--help" not in words:
            assert words[0] in COMMANDS
            understood.parse_args(words)  # exits with 2 where a word is wrong
        elif program == "python" and words[:1] == ["-m"]:
            assert find_spec(words[1]), words
        elif program == "python" and words[0].endswith(".py") and "/" in words[0]:
            assert (ROOT / words[0]).is_file(), words
        elif program == "pip":
            named = re.findall(r"\[([\w,-]+)\]", " ".join(words))
            assert {extra for each in named for extra in each.split(",")} <= EXTRAS.keys(), words


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem)
def test_every_call_of_classlab_on_a_page_fits_its_signature(page):
    for block in blocks(page, "python"):
        for call in ast.walk(ast.parse(block)):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            owner = call.func.value
            if isinstance(owner, ast.Name) and owner.id == "classlab":
                signature = inspect.signature(getattr(classlab, call.func.attr))
                named = {word.arg: None for word in call.keywords if word.arg}
                signature.bind(*call.args, **named)
