"""What each class's images count in the training loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.run import ClassWeights


def check_class_weights(asked: ClassWeights | None, labels: NDArray[np.int64]) -> None:
    """Refuses weights that leave a class of the training images out.

    Raises:
        SpecError: they do.
    """
    classes = int(labels.max(initial=0)) + 1
    if isinstance(asked, tuple) and len(asked) < classes:
        raise SpecError(
            f"`class_weights` must have one number for each of the {classes} classes, but got {len(asked)}. "
            "Give as many."
        )


def class_factors(asked: ClassWeights | None, labels: NDArray[np.int64], *, classes: int) -> NDArray[np.float32] | None:
    """What the loss of an image is multiplied by, by its class, `(classes,)`; None where every image counts alike.

    As Keras's `fit(class_weight=...)` has it, the sum over a batch is still divided by its number of images.
    `balanced` is n / (k * n_c), with n training images, n_c of them of class c, and k classes that have any: all
    classes then weigh alike and the mean over the images is 1.

    Args:
        asked: of the run's specification.
        labels: of the training images, `(images,)`.
        classes: the width of the network's output; an output behind the last class has weight 1.

    Example:
        >>> class_factors("balanced", np.array([0, 0, 0, 1]), classes=2).round(3).tolist()
        [0.6669999957084656, 2.0]

    References:
        `keras.Model.fit`; `sklearn.utils.class_weight.compute_class_weight`, after King and Zeng (2001), "Logistic
        regression in rare events data", Political Analysis 9(2).
    """
    if asked is None:
        return None
    found = np.ones(classes, np.float32)
    if asked == "balanced":
        counts = np.bincount(labels, minlength=classes)
        there = counts > 0
        found[there] = len(labels) / (there.sum() * counts[there])
    else:
        found[: len(asked)] = asked[:classes]
    return found
