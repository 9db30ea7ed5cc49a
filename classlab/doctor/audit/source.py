"""Reading a script or a notebook under limits, without running or importing it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.doctor.audit.cell_lines import cell_lines
from classlab.doctor.audit.magics import plain_python, plain_script
from classlab.errors import DataError
from classlab.files.read_file import read_file

if TYPE_CHECKING:
    from pathlib import Path


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
