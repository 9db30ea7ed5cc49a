"""What a run predicted, as a table that spreadsheets and `classlab judge` and `compare` read."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from classlab.files.spreadsheet_text import inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def predictions_csv(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], *, class_names: Sequence[str]
) -> str:
    """One row per image: position, true and predicted class, and the score of every class.

    Args:
        probabilities: float32, `(images, classes)`.
        labels: int64, `(images,)`.
        class_names: one per class, in label order.
    """
    names = [inert(name) for name in class_names]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["image", "y_true", "y_pred", *(f"p_{name}" for name in class_names)])
    for place, (scores, label) in enumerate(zip(probabilities, labels, strict=True)):
        shown = scores[: len(names)].tolist()
        predicted = names[shown.index(max(shown))]
        rows.writerow([place, names[int(label)], predicted, *(f"{score:.9g}" for score in shown)])
    return text.getvalue()
