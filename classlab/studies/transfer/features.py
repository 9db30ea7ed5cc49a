"""The features of a data set's pictures: made once by the backbone, piece by piece, and kept in the cache."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.dataset import Division, Split
from classlab.errors import ClasslabError
from classlab.files.atomic_file import make_folder
from classlab.files.cache_folder import cache_folder
from classlab.files.tensor_file import read_arrays, write_arrays
from classlab.records import to_plain
from classlab.studies.transfer.kept import kept_backbone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset
    from classlab.options.words import DeviceName
    from classlab.records import DataSpec
    from classlab.records.layers import Normalization, Rescaling

# Bytes of pictures that the backbone takes at a time: 128 MiB as float32, of which its own batches are parts. An
# interrupted computation loses one such piece at most.
_PIECE = 32 * 2**20
_FEATURES = "features"


def feature_division(
    dataset: Dataset,
    data: DataSpec,
    *,
    input_layer: Rescaling | Normalization,
    device: DeviceName = "auto",
    say: Callable[[str], None] | None = None,
) -> Division:
    """Training, validation and test images of a run as the features of its backbone, `(images, 1, 1, features)`.

    Which image is in which split is what it is without a backbone. Features of all training images (of `limit` ones)
    are held in memory, four bytes each.

    Args:
        dataset: the pictures.
        data: how they are divided, and the backbone.
        input_layer: preprocessing, applied to every picture before the backbone.
        device: where to compute.
        say: told, as a sentence, that features are being computed.

    Raises:
        DataError: the images cannot be divided so.
        StorageError: the backbone is not there, or the cache cannot be read or written.
    """
    count = len(dataset.train)
    # The same data set with positions in place of its training images: it is divided as the images are.
    places = replace(dataset, train=replace(dataset.train, images=np.arange(count).reshape(count, 1, 1, 1)))  # type: ignore[arg-type]
    limited = places.divide(validation="test", limit=data.limit).train.images.ravel().astype(np.intp)
    source = _Features(dataset, data, input_layer, device=device, say=say)
    whole = len(limited) == count  # then no copy of the pixels is made
    known = source.of(dataset.train if whole else dataset.train.at(limited), f"train {None if whole else data.limit}")
    divided = places.divided_as(data)

    def features(split: Split) -> Split:
        return replace(split, images=known.images[np.searchsorted(limited, split.images.ravel())])

    test = source.of(dataset.test, "test")
    if data.folds is None and data.validation == "test":
        validation = test
    elif data.folds is None and data.validation == "own":
        validation = source.of(divided.validation, "validation")
    else:
        validation = features(divided.validation)
    return Division(train=features(divided.train), validation=validation, test=test)


class _Features:
    """One backbone's features of one data set."""

    def __init__(
        self,
        dataset: Dataset,
        data: DataSpec,
        input_layer: Rescaling | Normalization,
        *,
        device: DeviceName,
        say: Callable[[str], None] | None,
    ) -> None:
        assert data.backbone is not None  # noqa: S101 - who asks has one
        self._backbone, self._input_layer, self._device, self._say = data.backbone, input_layer, device, say
        words = [data.backbone.digest, dataset.digest, to_plain(input_layer)]
        self._compute: Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None = None
        self._folder = cache_folder() / "features" / hashlib.sha256(json.dumps(words).encode()).hexdigest()[:32]

    def of(self, split: Split, part: str) -> Split:
        """A split whose images are features."""
        count, width = len(split), self._backbone.features
        features = np.empty((count, width), np.float32)
        together = max(1, _PIECE // int(np.prod(self._backbone.input_shape)))
        folder, told = self._folder / part.replace(" ", "-"), False
        for start in range(0, count, together):
            stop = min(start + together, count)
            path = folder / f"{start}-{stop}.safetensors"
            piece = _piece(path, (stop - start, width))
            if piece is None:
                if not told and self._say is not None:
                    self._say(f"Computing the features of {count - start:,} images by {self._backbone.name}.")
                told = True
                piece = self._computed(split.images[start:stop])
                make_folder(folder)
                write_arrays(path, {_FEATURES: piece}, {})
            features[start:stop] = piece
        images: NDArray[Any] = features.reshape(count, 1, 1, width)
        return replace(split, images=images)

    def _computed(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        if self._compute is None:  # once for all pieces
            from classlab.training import scoring

            network = kept_backbone(self._backbone)
            self._compute = scoring(
                network.architecture, network.weights, input_layer=self._input_layer, device=self._device
            )
        return self._compute(images)


def _piece(path: Path, shape: tuple[int, int]) -> NDArray[np.float32] | None:
    """What the cache holds; None where that is nothing of use, which is computed again."""
    if not path.is_file():
        return None
    try:
        found = read_arrays(path)[0].get(_FEATURES)
    except ClasslabError:
        return None
    return found if found is not None and found.shape == shape and found.dtype == np.float32 else None
