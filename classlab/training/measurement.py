"""What trained members make of a split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.run import Figures


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """What one member makes of a split.

    Args:
        figures: loss and accuracies.
        probabilities: float32, `(images, classes)`, as `predict` gives them; None where they were not asked for.
    """

    figures: Figures
    probabilities: NDArray[np.float32] | None
