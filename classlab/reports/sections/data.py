"""What the networks saw: a tile of training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.document import Section
from classlab.reports.figures.tile import tile, tile_figure

if TYPE_CHECKING:
    from classlab.reports.evidence import Evidence


def data_section(evidence: Evidence, *, seed: int = 0) -> Section | None:
    """Twenty-five random training images; None where there are none at hand.

    Args:
        evidence: images and labels.
        seed: decides which images.
    """
    images, labels = evidence.training_images, evidence.training_labels
    if images is None or labels is None or not len(labels):
        return None
    figure = tile_figure(tile(labels, evidence.class_names, seed=seed), images)
    return Section(title="What it was trained on", blocks=(figure,))
