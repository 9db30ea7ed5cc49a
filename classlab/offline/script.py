"""The page's JavaScript: modules that are tested by themselves, joined to the one script of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlab.offline.package_text import package_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_BOARD = "drawing_board.js"  # the board of the local page
_IMPORT = re.compile(r"^import\s[^;]*? from \"\./(?P<name>[\w.]+)\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async )?(function|const|class)\b)", re.MULTILINE)


def script(entrance: str) -> str:
    """A module and all that it imports, each once and after what it needs, without `import` and `export`.

    The names at the top of all modules differ, so that one scope can hold them.

    Args:
        entrance: the module's name, as in `page.js`.
    """
    return "".join(_EXPORT.sub("", _IMPORT.sub("", _module(name))) for name in _in_order([entrance], set()))


def _in_order(names: Iterable[str], done: set[str]) -> Iterable[str]:
    for name in names:
        if name not in done:
            done.add(name)
            yield from _in_order([found["name"] for found in _IMPORT.finditer(_module(name))], done)
            yield name


def _module(name: str) -> str:
    return package_text(*(("web", "static") if name == _BOARD else ("offline", "scripts")), name)
