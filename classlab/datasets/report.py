"""What was found in a dataset, as plain text for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.inspection import Conflict, Inspection

_WIDTH = 100  # characters
_INDENT = 14  # width of the column of headings


def report(inspection: Inspection) -> str:
    """Writes an inspection as text: where the data come from, a table of splits, one of classes, and duplicates."""
    height, width, channels = inspection.image_shape
    kind = "grey" if channels == 1 else "colour"
    official = ", ".join(f"{count:,} {name}" for name, count in inspection.official.items())
    head = [
        _entry("dataset", inspection.name),
        _entry("source", inspection.source),
        _entry("digest", f"SHA-256 {inspection.digest}"),
        _entry("images", f"{height} x {width} pixels, {kind} ({channels} channel{'s' * (channels > 1)})"),
        _entry("official", f"{official} images"),
        _entry("validation", _validation(inspection)),
    ]
    parts = ["\n".join(head), _splits(inspection), _classes(inspection), _duplicates(inspection)]
    if inspection.notes:
        parts.append("\n".join(_entry("note", note) for note in inspection.notes))
    return "\n\n".join(parts)


def _entry(heading: str, text: str) -> str:
    return textwrap.fill(
        _printable(text),
        _WIDTH,
        initial_indent=f"{heading:<{_INDENT}}",
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _validation(inspection: Inspection) -> str:
    if inspection.validation == "test":
        return "on the test images"
    return (
        f"{inspection.validation:.3g} of the training images, stratified by class and fixed by the dataset: the same "
        "images for every seed"
    )


def _splits(inspection: Inspection) -> str:
    rows = [["split", "images", "pixels", "range", "mean", "deviation", "labels"]]
    for name, facts in inspection.splits.items():
        span = f"{facts.minimum}..{facts.maximum}"
        statistics = [f"{facts.mean:.2f}", f"{facts.deviation:.2f}"]
        rows.append([name, f"{facts.images:,}", facts.image_dtype, span, *statistics, facts.label_dtype])
    return _table(rows)


def _classes(inspection: Inspection) -> str:
    rows = [["label", "class", *inspection.splits]]
    for label, name in enumerate(inspection.class_names):
        counts = [f"{facts.per_class[label]:,}" for facts in inspection.splits.values()]
        rows.append([str(label), _printable(name), *counts])
    return _table(rows, left=(1,))


def _duplicates(inspection: Inspection) -> str:
    within = ", ".join(f"{facts.duplicates:,} in {name}" for name, facts in inspection.splits.items())
    lines = [_entry("duplicates", f"{within} (images that equal an earlier image of the same split, pixel for pixel)")]
    across = ", ".join(f"{pair.images:,} {pair.split} images in {pair.found_in}" for pair in inspection.overlaps)
    lines.append(_entry("shared", f"{across} (the same pixels in two splits)"))
    count = inspection.conflicts
    examples = "; ".join(_conflict(conflict) for conflict in inspection.conflict_examples)
    listed = f" (such as {examples})" if examples else ""
    plural = "picture carries" if count == 1 else "pictures carry"
    lines.append(_entry("conflicts", f"{count:,} {plural} more than one label{listed}"))
    return "\n".join(lines)


def _conflict(conflict: Conflict) -> str:
    return " = ".join(f"{split} {index} ({name})" for split, index, name in conflict.places)


def _table(rows: Sequence[Sequence[str]], *, left: tuple[int, ...] = ()) -> str:
    """Aligns columns: the first and those named to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    widths[0] = max(widths[0], _INDENT - 2)
    lines = []
    for row in rows:
        cells = [
            f"{cell:<{width}}" if column == 0 or column in left else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _printable(text: str) -> str:
    """Folder and file names may hold control characters; a terminal must not obey them."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
