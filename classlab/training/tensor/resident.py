"""Images kept on the device for the whole training, as the bytes they came as, and scaled in passing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.training.tensor.layers.build import affine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from classlab.datasets.dataset import Split
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training.kernels.augmented import AugmentedEpoch

# Bytes of scaled images that are prepared together for the steps to come: enough for the calls that fetch and scale
# them to count little, and little enough to stay in a processor's nearer caches until the steps have used them.
# Measured on AVX2 cores: between 1 and 2 MiB a step of seven linear classifiers takes a twentieth less than with 8 MiB.
_PREPARED = 2 * 2**20


class ResidentImages:
    """A split on the device.

    Pixels stay uint8: a quarter of the memory and of the traffic that scaled images would take.

    Args:
        split: images, uint8 or the float32 features of another network, and labels.
        input_layer: preprocessing.
        classes: number of classes, the width of one-hot rows.
        device: where the images live.
        dtype: float32, or float64 for checking.

    Attributes:
        labels: int64, `(images,)`.
        classes: number of classes.
        pixels: uint8 or float32, `(images, height, width, channels)`.
        bytes: the same in NumPy, on the processor.
    """

    def __init__(
        self,
        split: Split,
        *,
        input_layer: Rescaling | Normalization,
        classes: int,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._scale = affine(input_layer, device=device, dtype=dtype)
        self._dtype = dtype
        self.bytes = split.images
        self.pixels = torch.from_numpy(split.images).to(device)
        self._rows = _in_words(self.pixels)
        self.classes = classes
        self.labels = torch.from_numpy(split.labels).to(device)
        self._one_hot = torch.nn.functional.one_hot(self.labels, classes).to(dtype)

    def __len__(self) -> int:
        return len(self.labels)

    def batches(
        self, orders: Tensor, *, size: int, augmented: Sequence[AugmentedEpoch | None] = ()
    ) -> Iterator[Tensor]:
        """Scaled images batch by batch; each batch is overwritten some batches later.

        Args:
            orders: which images, in which order, `(groups, images)`.
            size: images per batch; the last batch may have fewer.
            augmented: how each group's images are changed; empty where nobody's are.

        Yields:
            `(groups, batch, height, width, channels)`, not to be written to.
        """
        groups, count = orders.shape
        shape = self.pixels.shape[1:]
        step_bytes = groups * size * shape.numel() * self._dtype.itemsize
        together = size * max(1, min(_PREPARED // step_bytes, -(-count // size)))
        room = torch.empty(groups, together, *shape, dtype=self._dtype, device=orders.device)
        fetched = self._rows.new_empty(groups * together, self._rows.shape[1])
        for start in range(0, count, together):
            index = orders[:, start : start + together]
            rows = fetched[: index.numel()]
            torch.index_select(self._rows, 0, index.reshape(-1), out=rows)
            pixels = rows.view(self.pixels.dtype).view(*index.shape, *shape)
            for group, epoch in enumerate(augmented):
                if epoch is not None:
                    pixels[group] = _changed(epoch, start, like=pixels[group])
            prepared = self._scale.into(room[:, : index.shape[1]], pixels)
            for first in range(0, index.shape[1], size):
                yield prepared[:, first : first + size]

    def targets(self, index: Tensor) -> Tensor:
        """One-hot labels at `index` `(groups, images)`: `(groups, classes, images)`.

        Images are innermost, so that the batches of an epoch are slices of one such tensor.
        """
        rows = self._one_hot.index_select(0, index.reshape(-1)).view(*index.shape, self.classes)
        return rows.transpose(1, 2).contiguous()

    def labels_at(self, index: Tensor) -> Tensor:
        """Labels at `index` `(groups, images)`, in its shape."""
        return self.labels.index_select(0, index.reshape(-1)).view(index.shape)

    def all_targets(self) -> Tensor:
        """One-hot labels of every image in order: `(1, classes, images)`."""
        return self._one_hot.T.contiguous()[None]

    def between(self, start: int, stop: int) -> Tensor:
        """Scaled images of a range: `(images, height, width, channels)`."""
        return self._scale(self.pixels[start:stop])


def _changed(epoch: AugmentedEpoch, first: int, *, like: Tensor) -> Tensor:
    """Images of an epoch from a place in its order on, changed; on the processor, wherever they are needed.

    Args:
        epoch: the epoch.
        first: the place.
        like: as many images, of the same shape.
    """
    made = np.empty(tuple(like.shape), np.uint8)
    epoch.write(made, first, threads=torch.get_num_threads())
    return torch.from_numpy(made)


def _in_words(pixels: Tensor) -> Tensor:
    """Images as rows of 8-byte words where their size allows, which are fetched a quarter faster than bytes."""
    rows = pixels.flatten(1)
    return rows if pixels.dtype != torch.uint8 or rows.shape[1] % torch.int64.itemsize else rows.view(torch.int64)
