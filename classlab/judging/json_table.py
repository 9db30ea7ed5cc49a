"""JSON (a list of objects, or one object that holds such a list) and JSON Lines (one object per line)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from classlab.errors import DataError
from classlab.judging.python_table import table_of_rows
from classlab.judging.text_file import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.judging.raw_table import RawTable


def read_json(path: Path) -> RawTable:
    """Reads objects as rows; objects within them become columns named as in `params.optimizer`.

    Raises:
        DataError: it is no JSON, or holds no list of objects.
        StorageError: it cannot be read.
    """
    text = read_text(path)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        return _lines(path, text, problem)
    if isinstance(found, dict):
        lists = [each for each in found.values() if isinstance(each, list) and each and isinstance(each[0], dict)]
        if len(lists) != 1:
            return table_of_rows([found], where=str(path), unit="row")
        found = lists[0]
    return _objects(path, found, unit="row")


def _lines(path: Path, text: str, problem: Exception) -> RawTable:
    """Reads one object per line; `problem` is why the whole is no JSON document."""
    objects = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            objects.append(json.loads(line))
        except (ValueError, RecursionError):
            what = str(problem) if not objects else f"line {number} is no JSON"
            raise DataError(f"{path} must be JSON or JSON Lines, but {what}. Export it again.") from None
    return _objects(path, objects, unit="line")


def _objects(path: Path, found: Any, *, unit: str) -> RawTable:
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise DataError(
            f"{path} must hold a list of objects, one per run, as in "
            '[{"arm": "adam", "seed": 0, "accuracy": 0.92}], but it holds something else. Write it so.'
        )
    return table_of_rows(found, where=str(path), unit=unit)
