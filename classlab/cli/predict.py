"""`classlab predict`: what a trained model says about pictures from anywhere, and what it saw of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classlab.cli.imported_modules import import_modules
from classlab.cli.picture_rows import PictureRow, write_rows
from classlab.cli.pixels import show_pixels
from classlab.cli.run_source import choose_run
from classlab.cli.text import narrate, print_json
from classlab.errors import ClasslabError, DataError, StorageError
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.studies.shown.answers import answers, calibrate_at_hand
from classlab.studies.shown.pictures import picture_files, prediction_picture, read_foreign_picture

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.plain import JsonDocument
    from classlab.studies.runs.run import Run
    from classlab.studies.shown.pictures import ForeignPicture

_TOGETHER = 256  # pictures predicted together: quick, and never a folder's pictures in memory at once
_BYTES = 16 * 2**20  # of those pictures, as the network takes them: 111 of 224 x 224 in color
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
    uncalibrated = calibrate_at_hand(model, stored=chosen.stored)
    rows = []
    for row in _rows([path for path, _ in files], model, options, narrated=len(files) <= _SHOWN):
        if row.problem is not None and len(files) == 1:
            raise row.problem
        rows.append(row)
        if not options.json:
            print(row.line(model.class_names), flush=True)
            narrate(row.warning or "", quiet=options.quiet or row.warning is None)
    _finish(rows, model, options, chosen.facts())
    if uncalibrated is not None:
        narrate(uncalibrated, quiet=options.quiet or options.json)
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
    problem: ClasslabError | None = None


def _seen(path: Path, model: Run, *, invert: bool, as_is: bool) -> _Seen:
    """Reads and prepares one file."""
    style = None if as_is else model.ink_style
    try:
        picture = read_foreign_picture(
            path, model.preparation, reading=model.record.reading, invert=invert, style=style
        )
    except (DataError, StorageError) as problem:
        return _Seen(path, problem=problem)
    return _Seen(path, picture)


def _rows(files: Sequence[Path], model: Run, options: argparse.Namespace, *, narrated: bool) -> Iterator[PictureRow]:
    """Predicts the files, some at a time, and draws them where that is asked for."""
    drawing = None if options.show is None else _Drawing(options.show)
    height, width = model.preparation.size
    together = max(1, min(_TOGETHER, _BYTES // (height * width * model.preparation.channels)))
    for start in range(0, len(files), together):
        few = files[start : start + together]
        seen = [_seen(path, model, invert=options.invert, as_is=options.as_is) for path in few]
        found = [picture for _, picture, _ in seen if picture is not None]
        said = iter(answers(model, found, inverted=options.invert))
        for path, picture, problem in seen:
            if picture is None:
                yield PictureRow(path, problem=problem)
                continue
            shares, _, unlike, warning = next(said)
            if narrated and not options.json and not options.quiet:
                _show(picture)
            file = None if drawing is None else drawing.write(path, picture, shares, model.class_names)
            yield PictureRow(
                path, picture.size, tuple(map(float, shares)), picture.righting, unlike, warning, picture=file
            )


def _show(picture: ForeignPicture) -> None:
    narrate(f"{picture.name} ({picture.size[1]}x{picture.size[0]}), {picture.how_seen}:", quiet=False)
    show_pixels(picture.pixels)


class _Drawing:
    """Writes what was seen and said into a folder; pictures of one name must not overwrite each other."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._folder = folder
        self._written: set[Path] = set()

    def write(
        self, path: Path, picture: ForeignPicture, shares: NDArray[np.float32], class_names: Sequence[str]
    ) -> Path:
        stem = f"{path.stem}-prediction"
        file, number = self._folder / f"{stem}.png", 2
        while file in self._written:
            file, number = self._folder / f"{stem}-{number}.png", number + 1
        self._written.add(file)
        title = f"{path.name}: {class_names[int(shares.argmax())]} {100 * float(shares.max()):.1f} %"
        drawn = prediction_picture(picture.pixels, shares, class_names, title=title, before=picture.before)
        write_atomically(file, drawn)
        return file
