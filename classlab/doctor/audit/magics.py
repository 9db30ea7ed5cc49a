"""Notebook commands (`%matplotlib inline`, `!pip install`, `%%time`) taken out, with every line kept in its place."""

from __future__ import annotations

import ast

# Cell commands whose cell is Python all the same; others (`%%bash`, `%%writefile`, `%%html`) hold something else.
_PYTHON_CELLS = ("time", "timeit", "capture", "prun", "memit", "mprun", "python", "python3", "pypy")
_STARTS = ("%", "!", "?")


def plain_python(text: str) -> str:
    r"""Turns the text of a notebook cell into Python with as many lines.

    A cell that is Python as it stands is left alone: `%` also begins the continuation of a remainder.

    Args:
        text: lines of the cell.

    Example:
        >>> plain_python("!pip install keras\nimport keras")
        '\nimport keras'
    """
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].lstrip().startswith("%%"):
        word = lines[first].lstrip()[2:].split(" ")[0].strip()
        if word not in _PYTHON_CELLS:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    if _parses("\n".join(lines)):
        return "\n".join(lines)
    return "\n".join(_without_commands(lines))


def _without_commands(lines: list[str]) -> list[str]:
    kept: list[str] = []
    continued = False
    for line in lines:
        begins = line.lstrip()
        command = continued or begins.startswith(_STARTS) or (begins.rstrip().endswith("?") and "#" not in begins)
        if command:
            kept.append("" if continued or line == begins else f"{line[: len(line) - len(begins)]}pass")
        else:
            kept.append(_assigned(line))
        continued = command and line.rstrip().endswith("\\")
    return kept


def _assigned(line: str) -> str:
    """`files = !ls` and `took = %timeit f()` give a name a value that cannot be known."""
    name, sign, rest = line.partition("=")
    if sign and rest.lstrip()[:1] in ("!", "%") and name.strip().isidentifier():
        return f"{name}= input()"
    return line


def _parses(text: str) -> bool:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in somebody's string is no concern of ours
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
