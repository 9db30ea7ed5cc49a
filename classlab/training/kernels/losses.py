"""Each image's loss, of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def losses(scores: NDArray[np.float32], labels: NDArray[np.int64], *, squared: bool) -> NDArray[np.float32]:
    """Each image's loss, `(members, images)`.

    Args:
        scores: `(members, images, classes)`.
        labels: `(images,)`.
        squared: the mean squared error of the scores as they are; otherwise the cross-entropy of their softmax.
    """
    if squared:
        off = scores - np.eye(scores.shape[-1], dtype=np.float32)[labels]
        return np.asarray(np.square(off).mean(-1), np.float32)
    away = scores - scores.max(-1, keepdims=True)
    found: NDArray[np.float32] = np.log(np.exp(away).sum(-1)) - away[:, np.arange(len(labels)), labels]
    return found
