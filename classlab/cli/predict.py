"""`classlab predict`: what a trained model says about pictures from anywhere, and what it saw of them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from classlab.cli.imported_modules import import_modules
from classlab.cli.pixels import show_pixels
from classlab.cli.run_source import choose_run
from classlab.cli.text import narrate, print_json
from classlab.datasets import load
from classlab.datasets.known import EMBEDDED
from classlab.errors import DataError
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.studies.shown.pictures import Righting, background_warning, prediction_picture, read_foreign_picture
from classlab.studies.shown.unlike import NOT_CALIBRATED, unlike_warning

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.cli.run_source import ChosenRun
    from classlab.records.plain import JsonDocument
    from classlab.studies.runs.likeness import Unlikeness
    from classlab.studies.runs.run import Run
    from classlab.studies.shown.pictures import ForeignPicture

_TOP = 3  # classes named per picture
_DONE: dict[Righting, str] = {
    "righted": " its ink righted as the training images',",
    "no ink": " no ink found in it,",
}


def run(options: argparse.Namespace) -> int:
    """Classifies every picture and prints the most probable classes."""
    import_modules(options.imports)
    chosen = choose_run(options.subject, store=options.store)
    model = chosen.run
    shape = model.record.spec.architecture.input_shape
    style = None if options.as_is else model.ink_style
    pictures = [read_foreign_picture(path, shape, invert=options.invert, style=style) for path in options.images]
    seen = np.stack([picture.pixels for picture in pictures])
    probabilities = model.predict(seen)
    unlike = _unlikeness(chosen, seen)
    warnings = _warnings(model, pictures, probabilities, unlike, inverted=options.invert)
    shown = _write_pictures(options.show, pictures, probabilities, model.class_names)
    if options.json:
        documents = _documents(pictures, probabilities, model.class_names, warnings, shown, unlike)
        print_json([{**document, **chosen.facts()} for document in documents])
        return 0
    chosen.tell("Predicted by", quiet=options.quiet)
    for picture, row, warning in zip(pictures, probabilities, warnings, strict=True):
        _tell(picture, row, model.class_names, warning, quiet=options.quiet)
    for file in shown:
        narrate(f"Wrote {file}.", quiet=options.quiet)
    if unlike is None:
        narrate(NOT_CALIBRATED, quiet=options.quiet)
    return 0


def _unlikeness(chosen: ChosenRun, images: NDArray[np.uint8]) -> Unlikeness | None:
    """Scores of the pictures; a run of a study is calibrated now where its images travel with the package."""
    run = chosen.run
    found = run.unlikeness(images)
    if found is None and chosen.stored and run.record.spec.data.name in EMBEDDED:
        with suppress(DataError):  # other images by now, or too few: what is said of an uncalibrated run is true
            run.calibrate(load(run.record.spec.data.name))
        found = run.unlikeness(images)
    return found


def _warnings(
    run: Run,
    pictures: list[ForeignPicture],
    probabilities: NDArray[np.float32],
    unlike: Unlikeness | None,
    *,
    inverted: bool,
) -> list[str | None]:
    """A sentence per picture that is not as the training images are: the background where turning it helps."""
    background = [background_warning(picture, run.border, inverted=inverted) for picture in pictures]
    if unlike is None:
        return background
    turned = run.unlikeness(np.stack([255 - picture.pixels for picture in pictures])) if any(background) else None
    return [
        said
        if said is not None and turned is not None and not turned.alarms[place]
        else unlike_warning(picture.path, unlike, place, answer=_answer(row, run.class_names))
        for place, (picture, row, said) in enumerate(zip(pictures, probabilities, background, strict=True))
    ]


def _answer(row: NDArray[np.float32], class_names: tuple[str, ...]) -> str:
    return f"{class_names[int(row.argmax())]} at {100 * float(row.max()):.0f} %"


def _tell(
    picture: ForeignPicture,
    row: NDArray[np.float32],
    class_names: tuple[str, ...],
    warning: str | None,
    *,
    quiet: bool,
) -> None:
    if not quiet:
        height, width, _ = picture.pixels.shape
        size, done = f"{picture.size[1]}x{picture.size[0]}", "" if picture.righting is None else _DONE[picture.righting]
        narrate(f"{picture.path} ({size}),{done} seen as {width}x{height}:", quiet=False)
        show_pixels(picture.pixels)
    best = row.argsort()[::-1][:_TOP]
    print(f"{picture.path}: " + ", ".join(f"{class_names[i]} {100 * float(row[i]):.1f} %" for i in best), flush=True)
    if warning is not None:
        narrate(warning, quiet=quiet)


def _write_pictures(
    folder: Path | None,
    pictures: list[ForeignPicture],
    probabilities: NDArray[np.float32],
    class_names: tuple[str, ...],
) -> list[Path]:
    if folder is None:
        return []

    make_folder(folder)
    files: list[Path] = []
    for picture, row in zip(pictures, probabilities, strict=True):
        stem = f"{picture.path.stem}-prediction"
        # Pictures of one name from two folders must not overwrite each other.
        file = folder / f"{stem}.png"
        number = 2
        while file in files:
            file, number = folder / f"{stem}-{number}.png", number + 1
        title = f"{picture.path.name}: {class_names[int(row.argmax())]} {100 * float(row.max()):.1f} %"
        write_atomically(file, prediction_picture(picture.pixels, row, class_names, title=title, before=picture.before))
        files.append(file)
    return files


def _documents(
    pictures: list[ForeignPicture],
    probabilities: NDArray[np.float32],
    class_names: tuple[str, ...],
    warnings: list[str | None],
    shown: list[Path],
    unlike: Unlikeness | None,
) -> list[JsonDocument]:
    return [
        {
            "file": str(picture.path),
            "width": picture.size[1],
            "height": picture.size[0],
            "predicted": class_names[int(row.argmax())],
            "probabilities": {name: float(share) for name, share in zip(class_names, row, strict=True)},
            "righting": picture.righting,
            "unlike": None
            if unlike is None
            else {
                "score": float(unlike.scores[position]),
                "threshold": unlike.threshold,
                "false_alarm_rate": unlike.false_alarms,
                "validation_images": unlike.images,
                "flagged": bool(unlike.alarms[position]),
            },
            "warning": warning,
            "picture": str(shown[position]) if shown else None,
        }
        for position, (picture, row, warning) in enumerate(zip(pictures, probabilities, warnings, strict=True))
    ]
