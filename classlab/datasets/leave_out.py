"""Lists of training images to leave out: CSV that a person edits, tied to the images that it speaks of."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import DataError, shown, shown_value
from classlab.files.read_file import read_file
from classlab.files.spreadsheet_text import as_meant, inert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.datasets.dataset import Dataset

COLUMNS = ("action", "index", "file", "given", "suggested", "probability", "dataset")
LEAVE_OUT, KEEP = "leave out", "keep"
_LIMIT = 2**28  # bytes; a line on every image of the largest dataset that is read fits
_DIGITS = 16  # of the digest: enough that no two datasets share them


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A training image whose label may be wrong.

    Args:
        index: its position among the training images, from 0.
        file: the file it came from; "" for arrays.
        given: the name of its label.
        suggested: the name of the class that fits better.
        probability: of the suggested class, by networks that were not trained on the image.
        action: `leave out` or `keep`.
    """

    index: int
    file: str
    given: str
    suggested: str
    probability: float
    action: str = LEAVE_OUT


def write_leave_out(suspects: Sequence[Suspect], dataset: Dataset) -> bytes:
    """The list as a CSV file's bytes.

    Args:
        suspects: one line each.
        dataset: their images.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in suspects:
        share = f"{each.probability:.4f}"
        names = (inert(name) for name in (each.file, each.given, each.suggested))
        writer.writerow([each.action, each.index, *names, share, mark_of(dataset)])
    return text.getvalue().encode("utf-8", "replace")


def read_leave_out(path: Path, dataset: Dataset) -> tuple[int, ...]:
    """Reads a list, edited or not, and says which training images it leaves out.

    Lines name images by `index`, or by `file` where the dataset has files. A line whose `action` is keep does nothing;
    without that column every line leaves its image out. The column `dataset` must name these very images; only a list
    of files may lack it.

    Args:
        path: the list; separated by commas, semicolons or tabs, as spreadsheets write it.
        dataset: the images.

    Returns:
        Positions of training images, ascending.

    Raises:
        DataError: it is no such list, or one for other images.
        StorageError: it cannot be read.
    """
    rows = _rows(path)
    known = {} if dataset.train.files is None else {name: place for place, name in enumerate(dataset.train.files)}
    found = set()
    for line, row in rows:
        where = f"{shown(path)}, line {line}"
        _check_dataset(row, dataset, path=path, where=where)
        if _action(row, where=where) == LEAVE_OUT:
            found.add(_position(row, known, dataset, where=where))
    return tuple(sorted(found))


def mark_of(dataset: Dataset) -> str:
    """What ties a list to its images, and no spreadsheet takes for a number: a digest of the files, or of the pixels.

    The same files are the same images at any size that they are brought to.
    """
    files = dataset.train.files
    if files is None:
        return f"sha256:{dataset.digest[:_DIGITS]}"
    names = "\n".join(files).encode("utf-8", "surrogateescape")
    return f"files:{hashlib.sha256(names).hexdigest()[:_DIGITS]}"


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The lines below the header with their numbers, every one a mapping from column to text."""
    content = read_file(path, limit=_LIMIT, error=DataError, step="Give a list of `classlab clean`.")
    try:
        text = content.decode("utf-8-sig")
        header = text.partition("\n")[0]
        separator = max(",;\t", key=header.count)
        lines = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except (UnicodeDecodeError, csv.Error):
        lines = []
    columns = [name.strip().lower() for name in lines[0]] if lines else []
    if not {"index", "file"} & set(columns):
        raise DataError(
            f"{shown(path)} must be a list with a column index or file, as `classlab clean` writes it, but it has "
            "neither. Give that list."
        )
    return [
        (number, {name: cell.strip() for name, cell in zip(columns, row, strict=False)})
        for number, row in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in row)
    ]


def _check_dataset(row: dict[str, str], dataset: Dataset, *, path: Path, where: str) -> None:
    mark = row.get("dataset", "")
    if mark == mark_of(dataset) or (not mark and row.get("file") and dataset.train.files is not None):
        return
    if not mark:
        raise DataError(
            f"{where}: a list of indices must name its images in a column dataset, but this line does not. Write "
            f"{mark_of(dataset)} if they are those of {dataset.name}."
        )
    raise DataError(
        f"{shown(path)} must be a list for the images of {dataset.name} ({mark_of(dataset)}), but it is one for "
        f"others ({shown_value(mark)}). Make a new one with `classlab clean`."
    )


def _action(row: dict[str, str], *, where: str) -> str:
    word = row.get("action", LEAVE_OUT).lower().replace("_", " ").replace("-", " ")
    if word not in (LEAVE_OUT, KEEP):
        raise DataError(
            f"{where}: the action must be {LEAVE_OUT} or {KEEP}, but got {shown_value(row['action'])}. Write one of "
            "them."
        )
    return word


def _position(row: dict[str, str], known: dict[str, int], dataset: Dataset, *, where: str) -> int:
    index, file = row.get("index", ""), as_meant(row.get("file", ""))
    # Python refuses to read a number of thousands of digits; no index has twelve.
    number = index.isascii() and index.isdecimal() and len(index) < 12
    if number and int(index) < len(dataset.train):
        return int(index)
    if not index and file in known:
        return known[file]
    what = f"the index {shown_value(index)}" if index else f"the file {shown_value(file)}"
    raise DataError(
        f"{where}: every line must name a training image of {dataset.name}, but it has no image with {what}. Correct "
        "or remove the line."
    )
