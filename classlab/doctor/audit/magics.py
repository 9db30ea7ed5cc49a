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
        captured = [each for each in lines[first].split()[1:] if each.isidentifier()] if word == "capture" else []
        lines[first] = f"{captured[0]} = input()" if captured else ""
    return plain_script("\n".join(lines))


def plain_script(text: str) -> str:
    r"""Turns a script that was saved from a notebook, commands included, into Python with as many lines.

    Args:
        text: lines of the script.

    Example:
        >>> plain_script("%run prepare.py\nx = 1")
        'from prepare import *\nx = 1'
    """
    return text if _parses(text) else "\n".join(_without_commands(text.split("\n")))


def _without_commands(lines: list[str]) -> list[str]:
    kept: list[str] = []
    continued = False
    for line in lines:
        begins = line.lstrip()
        command = continued or begins.startswith(_STARTS) or (begins.rstrip().endswith("?") and "#" not in begins)
        if command:
            indent = line[: len(line) - len(begins)]
            kept.append("" if continued else indent + (_star_import(begins) or ("pass" if indent else "")))
        else:
            kept.append(_assigned(line))
        continued = command and line.rstrip().endswith("\\")
    return kept


def _star_import(command: str) -> str | None:
    """`%run prepare.py` and `%pylab` bring the names of another file, as a star import does."""
    words = command.split()
    if words[:1] in (["%pylab"], ["%run"]):
        stem = words[1].rpartition("/")[2].partition(".")[0] if len(words) > 1 and words[0] == "%run" else "pylab"
        return f"from {stem} import *" if stem.isidentifier() else "from others import *"
    return None


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
