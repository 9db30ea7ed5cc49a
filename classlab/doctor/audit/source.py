"""Reading a script or a notebook under limits, without running or importing it; its commands are taken out."""

from __future__ import annotations

import ast
import json
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.errors import DataError
from classlab.files.read_file import read_file

if TYPE_CHECKING:
    from pathlib import Path

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


@dataclass(frozen=True)
class CodeCell:
    """One piece of code.

    Args:
        number: the notebook's cell, counted from 1 over all cells; 0 for a script.
        text: its lines, with notebook commands blanked.
        run: the number that the notebook shows beside it, None where it was not run.
        file_lines: the line of the notebook's file for every line; empty where they are the same or cannot be told.
    """

    number: int
    text: str
    run: int | None = None
    file_lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Source:
    """A file of code.

    Args:
        name: the file's name, as findings give it.
        cells: its pieces.
        folder: where modules of its own may lie; None where it is not a file.
    """

    name: str
    cells: tuple[CodeCell, ...]
    folder: Path | None = None


def read_source(path: Path, *, name: str | None = None) -> Source:
    """Reads a file.

    Args:
        path: a `.py` or `.ipynb` file.
        name: how findings call it; the path where it is None.

    Raises:
        StorageError: the file cannot be read.
        DataError: it is too large, not text, or not a notebook.
    """
    name = (name or str(path)).encode("utf-8", "replace").decode()  # JSON and SARIF hold nothing else
    content = read_file(
        path,
        limit=bounds.FILE_BYTES,
        error=DataError,
        step="Clear the notebook's outputs, or audit a smaller file.",
        name=name,
    )
    source = notebook_source(content, name=name) if path.suffix == ".ipynb" else script_source(content, name=name)
    return replace(source, folder=path.parent)


def script_source(content: bytes, *, name: str) -> Source:
    """Takes the bytes of a script, in the encoding that its first lines declare.

    Raises:
        DataError: the bytes are not text.
    """
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        raise DataError(f"{name} must be Python in UTF-8, but it is not. Save it as UTF-8.") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _refuse_long(name, len(text))  # before anything is made of it
    # A notebook that was saved as a script keeps its commands.
    return Source(name=name, cells=(CodeCell(0, plain_script(text)),))


def notebook_source(content: bytes, *, name: str) -> Source:
    """Takes the bytes of a notebook.

    Raises:
        DataError: the bytes are not a notebook.
    """
    try:
        text = content.decode("utf-8-sig")
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise DataError(f"{name} must be a Jupyter notebook, but it is not valid JSON. Save it again.") from None
    cells = _cells(document)
    if cells is None:
        raise DataError(f"{name} must be a Jupyter notebook, but it has no list of cells. Save it again in Jupyter.")
    if len(cells) > bounds.CELLS:
        raise DataError(f"{name} must have at most {bounds.CELLS} cells, but it has {len(cells)}. Audit a smaller one.")
    _refuse_long(name, sum(len(_text(cell)) for cell in cells if _is_code(cell)))
    lines = cell_lines(text, len(cells)) or ((),) * len(cells)
    placed = enumerate(zip(cells, lines, strict=True), 1)
    return Source(name=name, cells=tuple(_code_cell(n, cell, at) for n, (cell, at) in placed if _is_code(cell)))


def _refuse_long(name: str, characters: int) -> None:
    if characters > bounds.CODE_CHARACTERS:
        raise DataError(
            f"{name} must have at most {bounds.CODE_CHARACTERS} characters of code, but it has {characters}. "
            "Audit a smaller file."
        )


def _cells(document: Any) -> list[Any] | None:
    """The cells of a notebook of format 4, or of the worksheets of format 3."""
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("cells"), list):
        return list(document["cells"])
    sheets = document.get("worksheets")
    if not isinstance(sheets, list):
        return None
    inner = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in inner if isinstance(cells, list) for cell in cells]


def _is_code(cell: Any) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def _code_cell(number: int, cell: dict[str, Any], file_lines: tuple[int, ...]) -> CodeCell:
    text = _text(cell)
    count = cell.get("execution_count", cell.get("prompt_number"))
    run = count if isinstance(count, int) and not isinstance(count, bool) else None
    return CodeCell(number, plain_python(text.replace("\r\n", "\n").replace("\r", "\n")), run, file_lines)


_SOURCE = re.compile(r'(?<!\\)"(?:source|input)"\s*:\s*(\[)?\s*')
_NEXT = re.compile(r"\s*,?\s*")


def cell_lines(text: str, cells: int) -> tuple[tuple[int, ...], ...]:
    r"""The line of the file, from 1, for every line of every cell.

    Jupyter writes each line of a cell on a line of its own; in a file that is one long line all of them are on line 1.

    Args:
        text: the notebook's file.
        cells: how many cells it has, text included.

    Returns:
        Lines by cell; empty where the file does not hold one source for each cell, so that none can be told.

    Example:
        >>> cell_lines('{"cells": [\n{"source": [\n"a\\n",\n"b"]}]}', 1)
        ((3, 4),)
    """
    breaks = [each.start() for each in re.finditer("\n", text)]
    found = [tuple(_lines(text, match, breaks)) for match in _SOURCE.finditer(text)]
    return tuple(found) if len(found) == cells else ()


def _lines(text: str, match: re.Match[str], breaks: list[int]) -> list[int]:
    lines: list[int] = []
    place = match.end()
    begun = False  # whether the line of the cell goes on in the next string
    while text[place : place + 1] == '"':
        line = bisect_right(breaks, place) + 1
        content, place = scanstring(text, place + 1)
        parts = content.split("\n")
        lines += [line] * (len(parts) - begun - (not parts[-1]))
        begun = bool(parts[-1])
        if match.group(1) is None:
            break
        after = _NEXT.match(text, place)
        place = after.end() if after else place
    return lines
