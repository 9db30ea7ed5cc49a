"""What the documentation shows to be typed: blocks of shell commands, of Python and of study files, in their order."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).with_suffix("").as_posix(): path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
}
_FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A shell command, or a block in another language.

    Args:
        page: where it stands, by its path without suffix.
        language: `sh`, `python`, `toml`; other blocks show what is printed or what other programs read.
        text: a command on one line without its comment, or a whole block.
    """

    page: str
    language: str
    text: str


def shown(page: str) -> list[Shown]:
    """Everything that a page shows to be typed, in its order."""
    found = []
    for language, block in _FENCE.findall(PAGES[page].read_text(encoding="utf-8")):
        texts = _commands(block) if language == "sh" else [block] if language in ("python", "toml") else []
        found += [Shown(page=page, language=language, text=text) for text in texts]
    return found


def _commands(block: str) -> list[str]:
    """The commands of a shell block, one a line."""
    lines = block.replace("\\\n", " ").splitlines()
    parts = (part for line in lines for part in line.partition(" #")[0].split("&&"))
    return [shlex.join(shlex.split(part)) for part in parts if part.strip()]
