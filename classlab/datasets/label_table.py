"""Tables of labels beside pictures: which column names the files, which the classes, which the splits.

What a column holds counts for more than what it is called: the column of files is the one whose cells are the names of
files that are there, with or without their endings.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.datasets.labelled_files import composed
from classlab.datasets.split_folders import split_kind
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlab.datasets.split_folders import Kind

_FILE = (
    *("file", "filename", "filepath", "path", "image", "img", "picture", "imagepath", "imagename", "imagefile"),
    *("imageid", "imgname", "imgpath", "fname", "id", "name", "images", "files"),
)
_LABEL = (  # the likeliest first
    *("label", "labels", "class", "classname", "classlabel", "labelname", "category", "categoryname", "target"),
    *("classes", "classid", "labelid", "species", "breed", "y", "tag", "type"),
)
_SPLIT = ("split", "set", "subset", "dataset", "partition", "phase", "usage")
_INDEX = ("", "unnamed0", "index")  # what pandas writes before the first column
_LOOKED_AT = 200  # rows by which columns are told apart


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table.

    Args:
        cell: what the table calls the file.
        file: the file, relative to the dataset; None where there is none of that name.
        label: the name of its class; "" where the table has none.
        split: what the table says of its split; None where it says nothing.
        title: of the column that holds the classes; "" where it has none, or each class has one.
    """

    cell: str
    file: str | None
    label: str
    split: Kind | None
    title: str = ""


class FileNames:
    """Finds files by what tables call them: a path, its end, or the name without its ending."""

    def __init__(self, files: Iterable[str]) -> None:
        self._whole: dict[str, str] = {}
        self._named: dict[str, str | None] = {}
        for file in files:
            self._whole[composed(file)] = file
            folder, _, name = composed(file).rpartition("/")
            within = f"{folder.rpartition('/')[2]}/{name}"  # as in lists that name the class with each picture
            for called in dict.fromkeys((name, _stem(name), within, _stem(within))):
                self._named[called] = None if called in self._named else file

    def find(self, cell: str) -> str | None:
        """The file of that name, if there is exactly one."""
        path = composed(cell.strip().replace("\\", "/").removeprefix("./"))
        if path in self._whole:
            return self._whole[path]
        folder, _, name = path.rpartition("/")
        within = f"{folder.rpartition('/')[2]}/{name}"
        asked = (within, _stem(within), name, _stem(name)) if folder else (name, _stem(name))
        return next((file for called in asked if (file := self._named.get(called))), None)


def _stem(name: str) -> str:
    """A file's name without its ending."""
    return name.rpartition(".")[0] or name


def read_label_table(content: bytes, where: str, names: FileNames, *, column: str | None = None) -> list[Row] | None:
    """Reads a table of labels.

    Args:
        content: the file.
        where: its path, for sentences.
        names: the files that are there.
        column: the title of the one that holds the classes; found by its name where left out.

    Returns:
        The rows; None where the table does not speak of these files, or has nothing but them.

    Raises:
        DataError: several columns may be the labels, or none is called as it was said.
    """
    rows = _cells(content, names)
    if len(rows) < 2:
        return None
    width = max(len(row) for row in rows[:_LOOKED_AT])
    rows = [row + [""] * (width - len(row)) for row in rows]
    headed = not any(names.find(cell) for cell in rows[0])
    header = [re.sub(r"[\W_]+", "", cell.casefold()) for cell in rows[0]] if headed else [""] * width
    body = rows[1:] if headed else rows
    place = _file_column(header, body[:_LOOKED_AT], names)
    if place is None:
        return None
    splits = _split_column(header, body)
    others = [at for at in range(width) if at not in (place, splits) and not (headed and header[at] in _INDEX)]
    titles = rows[0] if headed else None
    if column is not None:
        at: int | None = _called(column, titles, others, where)
    else:
        at = _label_column(header, titles, body, others, where)
    labels = _values(body, at) if at is not None else _hot_labels(titles, body, others)
    if labels is None:
        return None
    title = titles[at].strip() if titles and at is not None else ""
    kinds: list[Kind | None] = [None] * len(body) if splits is None else [_kind(row[splits]) for row in body]
    return [
        Row(cell=row[place].strip(), file=names.find(row[place]), label=label, split=kind, title=title)
        for row, label, kind in zip(body, labels, kinds, strict=True)
    ]


def listed_files(content: bytes, names: FileNames) -> list[str]:
    """The files that a list names, one in each line; nothing where a tenth of its lines or more name none."""
    found = [names.find(row[0]) for row in _cells(content, names)]
    files = [file for file in found if file is not None]
    return files if len(files) > 0.9 * len(found) else []


def _cells(content: bytes, names: FileNames) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # what older spreadsheets write; takes any bytes
    if text.lstrip().startswith("{"):
        return _json_rows(text)
    line = text.partition("\n")[0]
    delimiter = max(",;\t|", key=line.count)
    if delimiter not in line:
        return _listed_rows(text, names)
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error:
        return []


def _json_rows(text: str) -> list[list[str]]:
    """Rows of a table that has an object of JSON in each line, with their titles; nothing where it is another thing."""
    try:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return []
    if not all(isinstance(row, dict) for row in rows):
        return []
    titles = list(rows[0])
    return [titles, *([str(row.get(title, "")) for title in titles] for row in rows)]


def _listed_rows(text: str, names: FileNames) -> list[list[str]]:
    """Lines that are a file's name, or that and a word behind it; names of files may have blanks."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    parted = [line.rsplit(None, 1) for line in lines]
    return [cells if names.find(cells[0]) else [line] for line, cells in zip(lines, parted, strict=True)]


def _file_column(header: list[str], rows: list[list[str]], names: FileNames) -> int | None:
    """The column that names files: most cells do, then the name of the column, then how many different files."""
    best: tuple[tuple[bool, bool, int], int] | None = None
    for place, title in enumerate(header):
        found = [file for row in rows if (file := names.find(row[place]))]
        # Numbers of classes may be names of files as well: 0 for 0.png.
        score = (2 * len(found) > len(rows), title in _FILE, len(set(found)))
        if found and (score[0] or score[1]) and (best is None or score > best[0]):
            best = (score, place)
    return None if best is None else best[1]


def _split_column(header: list[str], rows: list[list[str]]) -> int | None:
    for place, title in enumerate(header):
        if title in _SPLIT and all(_kind(row[place]) for row in rows):
            return place
    return None


def _kind(cell: str) -> Kind | None:
    said = split_kind(cell)
    return said[0] if said and not said[1] else None


def _label_column(
    header: list[str], titles: list[str] | None, rows: list[list[str]], others: list[int], where: str
) -> int | None:
    """The column that holds the classes; None where each class has a column, or there is none at all."""
    named = [place for wanted in _LABEL for place in others if header[place] == wanted]
    if not named:
        if len(others) == 1:
            return others[0]
        words = [place for place in others if not _numbers(rows, place)]
        if titles is None and len(words) == 1:
            return words[0]  # as beside the corners of a box
        if others and _hot_labels(titles, rows, others) is None:
            raise _asked(titles, others, where)
        return None
    # Of several usual names words say more than numbers: `label_id` beside `label_name`.
    place = next((at for at in named if not _numbers(rows, at)), named[0])
    alike = [other for other in named if _numbers(rows, other) == _numbers(rows, place)]
    if not all(_one_to_one(rows, place, other) for other in alike):
        raise _asked(titles, alike, where)
    return place


def _hot_labels(titles: list[str] | None, rows: list[list[str]], places: list[int]) -> list[str] | None:
    """The class name of each row from one column for each class; None where they are not that."""
    hot = _one_hot(rows, places) if titles and len(places) > 1 else None
    return None if hot is None or titles is None else [composed(titles[place].strip()) for place in hot]


def _asked(titles: list[str] | None, places: list[int], where: str) -> DataError:
    held = [titles[place].strip() if titles else f"number {place + 1}" for place in places]
    if titles is None:
        step = "Give the table a first line with titles, and call the right one label."
    else:
        step = f"Say which behind the data's name, as in 'FOLDER#labels={held[0]}'."
    return DataError(f"one column of {where} must hold the classes, but any of {', '.join(held)} may. {step}")


def _called(column: str, titles: list[str] | None, places: list[int], where: str) -> int:
    """The place of the column that was named."""
    held = {} if titles is None else {titles[place].strip(): place for place in places}
    if column not in held:
        among = f"has {', '.join(held)} beside the files" if held else "has no titles"
        raise DataError(f"the column {column!r} must be in {where}, but it {among}. Name one that is there.")
    return held[column]


def _values(rows: list[list[str]], place: int) -> list[str]:
    values = [composed(row[place].strip()) for row in rows]
    return [_number(value) for value in values] if _numbers(rows, place) else values


def _one_to_one(rows: list[list[str]], one: int, other: int) -> bool:
    """Whether two columns name the same classes, each in its way."""
    pairs = {(row[one].strip(), row[other].strip()) for row in rows}
    return len(pairs) == len({first for first, _ in pairs}) == len({second for _, second in pairs})


def _one_hot(rows: list[list[str]], places: list[int]) -> list[int] | None:
    """The column that holds each row's only 1; None where other cells are not all 0."""
    hot = [[place for place in places if _number(row[place]) == "1"] for row in rows]
    plain = all(_number(row[place]) in ("0", "1") for row in rows for place in places)
    return [ones[0] for ones in hot] if plain and all(len(ones) == 1 for ones in hot) else None


def _numbers(rows: list[list[str]], place: int) -> bool:
    filled = [row[place].strip() for row in rows if row[place].strip()]
    return bool(filled) and all(re.fullmatch(r"[0-9]+(\.0*)?", cell) for cell in filled)


def _number(cell: str) -> str:
    """A whole number without the `.0` that pandas writes where cells of the column are empty."""
    return re.sub(r"\.0*$", "", cell.strip())


def repeated(rows: list[Row]) -> set[str]:
    """Files with two rows that disagree."""
    kinds = Counter(file for file, _ in {(row.file, row.label) for row in rows if row.file is not None})
    return {file for file, count in kinds.items() if count > 1}
