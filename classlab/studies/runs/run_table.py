"""Figures of runs as small tables: split, number of images, loss, accuracy; over several seeds mean and spread."""

from __future__ import annotations

from math import fsum, sqrt
from typing import TYPE_CHECKING, Literal

from classlab.analysis.class_balance import has_uneven_classes
from classlab.analysis.numbers import figure
from classlab.analysis.table import html_rows
from classlab.records.plain import state_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.analysis.table import Row
    from classlab.records import Figures, RunRecord

SplitName = Literal["training", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("training", "validation", "test")


def figures_of(record: RunRecord, split: SplitName) -> Figures | None:
    """The figures of one split, or None where the run has none."""
    found: dict[SplitName, Figures | None] = {
        "training": record.training,
        "validation": record.validation,
        "test": record.test,
    }
    return found[split]


def split_label(record: RunRecord, split: SplitName) -> str:
    """Name of a split for people; validation on the test images is said beside the word."""
    if split == "validation" and record.spec.data.validation == "test":
        return "validation (= test)"
    return split


def table_rows(records: Sequence[RunRecord]) -> list[Row]:
    """Header and one row per split: the figures of one run, or mean and standard deviation over several.

    Runs without figures (diverged before their first epoch was done) are left out of the means.
    """
    top_k, by_class = records[0].spec.top_k, any(has_uneven_classes(record) for record in records)
    rows = [_header(top_k=top_k, by_class=by_class)]
    header = rows[0]
    for split in SPLITS:
        found = [figures for record in records if (figures := figures_of(record, split)) is not None]
        if not found:
            rows.append((split_label(records[0], split), *("-" for _ in header[1:])))
            continue
        cells = [f"{found[0].images:,}", _spread([f.loss for f in found]), _spread([f.accuracy for f in found])]
        if top_k:
            cells.append(_spread([f.top_k_accuracy for f in found if f.top_k_accuracy is not None]))
        if by_class:
            cells += _by_class(found)
        rows.append((split_label(records[0], split), *cells))
    return rows


def _header(*, top_k: int | None, by_class: bool) -> Row:
    top = (f"top-{top_k}",) if top_k else ()
    return ("split", "images", "loss", "accuracy", *top, *(("balanced accuracy", "macro F1") if by_class else ()))


def _by_class(found: Sequence[Figures]) -> list[str]:
    """Balanced accuracy and macro F1, which running averages and earlier records do not have."""
    return [
        _spread([f.balanced_accuracy for f in found if f.balanced_accuracy is not None]),
        _spread([f.macro_f1 for f in found if f.macro_f1 is not None]),
    ]


def figures_rows(measured: Mapping[str, Figures], *, top_k: int | None, by_class: bool = False) -> list[Row]:
    """Header and one row per set of images.

    Args:
        measured: figures by the name of the images.
        top_k: the k of the top-k accuracy, where there is one.
        by_class: whether the figures that count every class alike are shown.
    """
    rows: list[Row] = [_header(top_k=top_k, by_class=by_class)]
    for name, figures in measured.items():
        top = (_spread([figures.top_k_accuracy or 0.0]),) if top_k else ()
        own = _by_class([figures]) if by_class else []
        rows.append((name, f"{figures.images:,}", figure(figures.loss), f"{figures.accuracy:.4f}", *top, *own))
    return rows


def seed_rows(records: Sequence[RunRecord]) -> list[Row]:
    """Header and one row per run: seed, how it ended, epochs, and the accuracy on each split."""
    header: Row = ("seed", "state", "epochs", *(f"{split_label(records[0], split)} accuracy" for split in SPLITS))
    rows = [header]
    for record in records:
        found = [figures_of(record, split) for split in SPLITS]
        accuracies = (f"{figures.accuracy:.4f}" if figures else "-" for figures in found)
        rows.append((str(record.spec.seed), state_words(record.state), str(record.epochs_done), *accuracies))
    return rows


def html_table(records: Sequence[RunRecord]) -> str:
    """The same table for a notebook, every cell escaped."""
    return html_rows(table_rows(records), caption=one_line(records[0]))


def one_line(record: RunRecord) -> str:
    """One run in a line: model, data, seed, how it ended, test accuracy."""
    test = f", test accuracy {record.test.accuracy:.4f} (n={record.test.images:,})" if record.test else ""
    return (
        f"<Run {record.spec.architecture.name} on {record.spec.data.name}, seed {record.spec.seed}: "
        f"{state_words(record.state)} after {record.epochs_done} epochs{test}>"
    )


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean, and standard deviation (n - 1 in the denominator) where there are two values or more."""
    mean = fsum(values) / len(values)
    if len(values) < 2:
        return mean, None
    return mean, sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def summary(records: Sequence[RunRecord]) -> dict[str, dict[str, float | int | None]]:
    """Mean and spread of every figure over the runs, by split, for programs."""
    found: dict[str, dict[str, float | int | None]] = {}
    for split in SPLITS:
        figures = [each for record in records if (each := figures_of(record, split)) is not None]
        if not figures:
            continue
        accuracy, accuracy_spread = mean_and_spread([each.accuracy for each in figures])
        loss, loss_spread = mean_and_spread([each.loss for each in figures])
        found[split] = {
            "images": figures[0].images,
            "runs": len(figures),
            "loss_mean": loss,
            "loss_sd": loss_spread,
            "accuracy_mean": accuracy,
            "accuracy_sd": accuracy_spread,
            **_class_summary("balanced_accuracy", [each.balanced_accuracy for each in figures]),
            **_class_summary("macro_f1", [each.macro_f1 for each in figures]),
        }
    return found


def _class_summary(name: str, values: Sequence[float | None]) -> dict[str, float | int | None]:
    """Mean and spread of a figure that not every split has; nothing where one run lacks it."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return {}
    mean, spread = mean_and_spread(known)
    return {f"{name}_mean": mean, f"{name}_sd": spread}


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "-"
    mean, spread = mean_and_spread(values)
    return figure(mean) if spread is None else f"{figure(mean)} ± {figure(spread)}"
