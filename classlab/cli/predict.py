"""`classlab predict`: what a trained model says about pictures from anywhere, and what it saw of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlab.cli.imported_modules import import_modules
from classlab.cli.picture_rows import PictureRow, write_rows
from classlab.cli.pixels import show_pixels
from classlab.cli.run_source import choose_run
from classlab.cli.text import narrate, print_json
from classlab.errors import ClasslabError, DataError, StorageError
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.studies.shown.pictures import (
    background_warning,
    picture_files,
    prediction_picture,
    read_foreign_picture,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.records.plain import JsonDocument
    from classlab.studies.runs.run import Run
    from classlab.studies.shown.pictures import ForeignPicture

_TOGETHER = 256  # pictures predicted together: quick, and never a folder's pictures in memory at once
_SHOWN = 20  # with more, the terminal shows lines alone


def run(options: argparse.Namespace) -> int:
    """Classifies every picture and prints the most probable classes; a picture that cannot be read has a line too."""
    if options.output is not None and options.output.suffix.lower() not in (".csv", ".json"):
        options.command_parser.error(f"the file must end in .csv or .json, but got {options.output}")
    import_modules(options.imports)
    chosen = choose_run(options.subject, store=options.store)
    model = chosen.run
    files = picture_files(options.images)
    if not files:
        raise DataError(f"the folder must hold a picture, but {options.images[0]} holds none. Name another one.")
    if not options.json:
        chosen.tell("Predicted by", quiet=options.quiet)
    rows = []
    for row in _rows([path for path, _ in files], model, options, narrated=len(files) <= _SHOWN):
        if row.problem is not None and len(files) == 1:
            raise row.problem
        rows.append(row)
        if not options.json:
            print(row.line(model.class_names), flush=True)
            narrate(row.warning or "", quiet=options.quiet or row.warning is None)
    _finish(rows, model, options, chosen.facts())
    problems = [row.problem for row in rows]
    lost = (
        problems if all(problems) else [problem for problem, (_, named) in zip(problems, files, strict=True) if named]
    )
    return next((problem.exit_code for problem in lost if problem is not None), 0)


def _finish(rows: list[PictureRow], model: Run, options: argparse.Namespace, facts: JsonDocument) -> None:
    if options.output is not None:
        write_rows(options.output, rows, model.class_names, facts)
    if options.json:
        print_json([{**row.document(model.class_names), **facts} for row in rows])
        return
    for file in [row.picture for row in rows if row.picture is not None] + [options.output] * bool(options.output):
        narrate(f"Wrote {file}.", quiet=options.quiet)
    lost = sum(row.problem is not None for row in rows)
    if lost:
        narrate(f"{lost:,} of {len(rows):,} files were not predicted.", quiet=options.quiet)


class _Seen(NamedTuple):
    """What the network sees of a file, or why it sees nothing."""

    path: Path
    picture: ForeignPicture | None = None
    warning: str | None = None
    problem: ClasslabError | None = None


def _seen(path: Path, model: Run, *, invert: bool) -> _Seen:
    """Reads and prepares one file."""
    try:
        picture = read_foreign_picture(path, model.preparation, reading=model.record.reading, invert=invert)
    except (DataError, StorageError) as problem:
        return _Seen(path, problem=problem)
    return _Seen(path, picture, background_warning(picture, model.border, inverted=invert))


def _rows(files: Sequence[Path], model: Run, options: argparse.Namespace, *, narrated: bool) -> Iterator[PictureRow]:
    """Predicts the files, some at a time, and draws them where that is asked for."""
    drawing = None if options.show is None else _Drawing(options.show)
    for start in range(0, len(files), _TOGETHER):
        seen = [_seen(path, model, invert=options.invert) for path in files[start : start + _TOGETHER]]
        images = [each.picture.pixels for each in seen if each.picture is not None]
        said: Iterator[NDArray[np.float32]] = iter(model.predict(np.stack(images)) if images else ())
        for path, picture, warning, problem in seen:
            if picture is None:
                yield PictureRow(path, problem=problem)
                continue
            shares = next(said)
            if narrated and not options.json and not options.quiet:
                _show(picture)
            file = None if drawing is None else drawing.write(picture, shares, model.class_names)
            yield PictureRow(path, picture.size, tuple(float(share) for share in shares), warning, file)


def _show(picture: ForeignPicture) -> None:
    height, width, _ = picture.pixels.shape
    narrate(f"{picture.path} ({picture.size[1]}x{picture.size[0]}), seen as {width}x{height}:", quiet=False)
    show_pixels(picture.pixels)


class _Drawing:
    """Writes what was seen and said into a folder; pictures of one name must not overwrite each other."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._folder = folder
        self._written: set[Path] = set()

    def write(self, picture: ForeignPicture, shares: NDArray[np.float32], class_names: Sequence[str]) -> Path:
        stem = f"{picture.path.stem}-prediction"
        file, number = self._folder / f"{stem}.png", 2
        while file in self._written:
            file, number = self._folder / f"{stem}-{number}.png", number + 1
        self._written.add(file)
        title = f"{picture.path.name}: {class_names[int(shares.argmax())]} {100 * float(shares.max()):.1f} %"
        write_atomically(file, prediction_picture(picture.pixels, shares, class_names, title=title))
        return file
