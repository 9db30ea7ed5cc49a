"""A confusion matrix whose cells lead to the images behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import count, counted, percent
from classlab.statistics import confusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.reports.evidence import RunPredictions


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Images of one class that were predicted as one class.

    Args:
        predicted: position of the predicted class.
        images: how many, as written.
        said: the cell in words.
        right: whether the two classes are one.
    """

    predicted: int
    images: str
    said: str
    right: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """One true class.

    Args:
        true: its position.
        name: its name.
        cells: one per predicted class.
        share: of its images that were predicted right, as written.
    """

    true: int
    name: str
    cells: tuple[Cell, ...]
    share: str


def matrix_rows(predictions: RunPredictions, class_names: Sequence[str]) -> tuple[Row, ...]:
    """The matrix: one row per true class, one cell per predicted class."""
    found = confusion(predictions.labels, predictions.predicted(), classes=len(class_names))
    rows = zip(class_names, found.counts, found.recall, strict=True)
    return tuple(
        Row(
            true=true,
            name=name,
            cells=tuple(
                Cell(
                    predicted=place,
                    images=count(images),
                    said=f"{counted(images, 'image')} of {name} predicted as {class_names[place]}",
                    right=place == true,
                )
                for place, images in enumerate(images_of_row)
            ),
            share=percent(recall),
        )
        for true, (name, images_of_row, recall) in enumerate(rows)
    )


def images_behind(predictions: RunPredictions, *, true: int, predicted: int) -> list[int]:
    """Positions of the images behind a cell, those first of which the network was surest."""
    places = np.flatnonzero((predictions.labels == true) & (predictions.predicted() == predicted))
    sureness = predictions.probabilities[places].max(axis=1)
    return [int(place) for place in places[np.argsort(-sureness, kind="stable")]]
