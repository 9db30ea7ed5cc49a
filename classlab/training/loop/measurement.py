"""What trained members make of a split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.records.run import Figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.training.loop.epoch_result import EpochFigures


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """What one member makes of a split.

    Args:
        figures: loss and accuracies.
        probabilities: float32, `(images, classes)`, as `predict` gives them; None where they were not asked for.
    """

    figures: Figures
    probabilities: NDArray[np.float32] | None


def measurements(found: EpochFigures, probabilities: NDArray[np.float32] | None, *, images: int) -> list[Measurement]:
    """One measurement per member.

    Args:
        found: all members' figures.
        probabilities: all members', `(members, images, classes)`; None where they were not asked for.
        images: how many images the split has.
    """
    return [
        Measurement(
            figures=Figures(
                images=images,
                loss=loss,
                accuracy=found.accuracy[member],
                top_k_accuracy=None if found.top_k is None else found.top_k[member],
            ),
            probabilities=None if probabilities is None else probabilities[member],
        )
        for member, loss in enumerate(found.loss)
    ]
