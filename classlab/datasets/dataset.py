"""A dataset in memory: images, labels, class names and the official split, and its division for training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Images with their labels.

    Args:
        images: uint8, `(images, height, width, channels)`.
        labels: int64, `(images,)`, each the position of a class name.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, kw_only=True, eq=False)
class Division:
    """The three splits of one training: what is fitted, what chooses, what is opened for the finish."""

    train: Split
    validation: Split
    test: Split


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """A dataset as it came from its source.

    Args:
        name: what the user calls it.
        train: official training images.
        test: official test images, or a stratified fifth of the images where the source has no test set.
        class_names: one name per label.
        source: where the bytes were found, as a clause for people.
        digest: SHA-256 of images, labels and class names.
        notes: remarks a reader of figures must know (test set made here, files left out), each a sentence.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    source: str
    digest: str
    notes: tuple[str, ...] = ()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` of every image."""
        height, width, channels = self.train.images.shape[1:]
        return (height, width, channels)

    def divide(self, *, validation: float | Literal["test"] = 0.1, limit: int | None = None) -> Division:
        """Sets validation images aside: stratified by class, fixed by the dataset and not by any run's seed."""
        raise NotImplementedError
