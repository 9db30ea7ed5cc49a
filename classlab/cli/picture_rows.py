"""What was said of each picture, a broken one too, as lines, as a JSON document and as a CSV file."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from classlab.cli.text import json_text, printable
from classlab.files.atomic_file import make_folder, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.errors import ClasslabError
    from classlab.records.plain import JsonDocument
    from classlab.studies.shown.answers import UnlikeFacts
    from classlab.studies.shown.pictures import Righting

_LOOKS = ("righting", "unlike", "unlike_score", "unlike_threshold", "warning", "error")  # columns after the classes
_TOP = 3  # classes named per picture


class PictureRow(NamedTuple):
    """One file.

    Args:
        path: the file.
        size: `(height, width)` of the picture as it came; None where it could not be read.
        probabilities: one per class; empty where it could not be read.
        righting: what became of the ink, see `ForeignPicture`.
        unlike: how unlike the training images it is; None where that cannot be told.
        warning: what speaks against the prediction.
        picture: the file in which the prediction is drawn.
        problem: why the file could not be read.
    """

    path: Path
    size: tuple[int, int] | None = None
    probabilities: tuple[float, ...] = ()
    righting: Righting | None = None
    unlike: UnlikeFacts | None = None
    warning: str | None = None
    picture: Path | None = None
    problem: ClasslabError | None = None

    def best(self, class_names: Sequence[str]) -> list[tuple[str, float]]:
        """The classes by probability, the most probable first."""
        order = sorted(range(len(self.probabilities)), key=lambda place: -self.probabilities[place])
        return [(class_names[place], self.probabilities[place]) for place in order]

    def line(self, class_names: Sequence[str]) -> str:
        """The file and its most probable classes, or why there are none."""
        if self.problem is not None:
            return printable(f"{self.path}: not predicted: {str(self.problem).removeprefix(f'{self.path} ')}")
        best = ", ".join(f"{name} {100 * share:.1f} %" for name, share in self.best(class_names)[:_TOP])
        return printable(f"{self.path}: {best}")

    def document(self, class_names: Sequence[str]) -> JsonDocument:
        """All of it for JSON."""
        height, width = self.size or (None, None)
        known = self.problem is None
        return {
            "file": str(self.path),
            "width": width,
            "height": height,
            "predicted": self.best(class_names)[0][0] if known else None,
            "probabilities": dict(zip(class_names, self.probabilities, strict=True)) if known else None,
            "righting": self.righting,
            "unlike": None if self.unlike is None else self.unlike._asdict(),
            "warning": self.warning,
            "picture": None if self.picture is None else str(self.picture),
            "error": None if self.problem is None else str(self.problem),
        }


def write_rows(path: Path, rows: Sequence[PictureRow], class_names: Sequence[str], facts: JsonDocument) -> None:
    """Writes every row into a file.

    Args:
        path: its ending says which format: `.csv` or `.json`.
        rows: what was said.
        class_names: in label order.
        facts: which run said it, for JSON.

    Raises:
        StorageError: the file cannot be written.
    """
    make_folder(path.parent)
    if path.suffix.lower() == ".json":
        write_text(path, json_text([{**row.document(class_names), **facts} for row in rows]) + "\n")
        return
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["file", "predicted", "probability", *(f"p_{name}" for name in class_names), *_LOOKS])
    for row in rows:
        best = row.best(class_names)[0] if row.problem is None else ("", "")
        shares = row.probabilities if row.problem is None else ("",) * len(class_names)
        unlike = (
            ("", "", "")
            if row.unlike is None
            else (str(row.unlike.flagged).lower(), row.unlike.score, row.unlike.threshold)
        )
        table.writerow([row.path, *best, *shares, row.righting, *unlike, row.warning, row.problem])
    write_text(path, text.getvalue())
