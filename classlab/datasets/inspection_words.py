"""What an inspection found, as rows of tables and as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.datasets.inspection import Conflict, Inspection

    Rows = list[tuple[str, ...]]


def split_rows(inspection: Inspection) -> Rows:
    """Header and one row per split: how many images, and what their pixels are."""
    rows: Rows = [("split", "images", "pixels", "range", "mean", "deviation", "labels")]
    for name, facts in inspection.splits.items():
        span = f"{facts.minimum}..{facts.maximum}"
        statistics = (f"{facts.mean:.2f}", f"{facts.deviation:.2f}")
        rows.append((name, f"{facts.images:,}", facts.image_dtype, span, *statistics, facts.label_dtype))
    return rows


def class_rows(inspection: Inspection) -> Rows:
    """Header and one row per class: how many images each split has of it."""
    rows: Rows = [("class", "label", *inspection.splits)]
    for label, name in enumerate(inspection.class_names):
        counts = (f"{facts.per_class[label]:,}" for facts in inspection.splits.values())
        rows.append((name, str(label), *counts))
    return rows


def validation_words(inspection: Inspection) -> str:
    """Where validation images come from."""
    if inspection.validation == "test":
        return "on the test images"
    if inspection.validation == "own":
        return "the validation images that come with the data"
    return (
        f"{inspection.validation:.3g} of the training images, stratified by class and fixed by the dataset: the same "
        "images for every seed"
    )


def repeated_words(inspection: Inspection) -> tuple[tuple[str, str], ...]:
    """Pictures that occur more than once: within splits, in two of them, and with more than one label."""
    within = ", ".join(f"{facts.duplicates:,} in {name}" for name, facts in inspection.splits.items())
    across = ", ".join(f"{pair.images:,} {pair.split} images in {pair.found_in}" for pair in inspection.overlaps)
    count = inspection.conflicts
    examples = "; ".join(_conflict(conflict) for conflict in inspection.conflict_examples)
    listed = f" (such as {examples})" if examples else ""
    plural = "picture carries" if count == 1 else "pictures carry"
    return (
        ("duplicates", f"{within} (images that equal an earlier image of the same split, pixel for pixel)"),
        ("shared", f"{across} (the same pixels in two splits)"),
        ("conflicts", f"{count:,} {plural} more than one label{listed}"),
    )


def _conflict(conflict: Conflict) -> str:
    return " = ".join(f"{split} {index} ({name})" for split, index, name in conflict.places)
