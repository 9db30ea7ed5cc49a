"""Images as the kernels take them: the list of pixels that are not 0, whole where most are not, or features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.training.kernels.structures import Images, address
from classlab.training.loop.scaling import scale_and_offset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Split
    from classlab.training.kernels.structures import Kernels
    from classlab.training.loop.scaling import Scaling

# Up to this share of pixels a list beats whole images. On AVX2 a listed pixel costs some 2.5 times a whole one;
# MNIST has 19 % that are not 0, Fashion-MNIST 50 %.
_MOST_LISTED = 0.35
# And up to so many bytes, of which each such pixel takes two: more would hold what lies in a file for being too large.
_LONGEST_LIST = 256 * 2**20
# Bytes of a chunk's weights that stay in a core's nearest cache (32 KiB or more) beside what passes through it.
_BLOCK_BYTES = 40 * 2**10
_LARGEST_BLOCK = 256  # a place within a block is one byte
SPARE_PAIRS = 64 * 2**10  # the kernels ask ahead for some cache lines beyond the last pair


class KernelImages:
    """A split, shared by all threads and never written to.

    Args:
        library: the kernels.
        split: images, uint8 or the float32 features of another network, and labels.
        input_layer: preprocessing, with the network's own scalings behind it.
        vectors: most vectors that a chunk of the first layer has; 0 where pixels are taken whole in any case.
        class_weights: what an image's loss is multiplied by, `(classes,)`; None for 1.

    Attributes:
        order: every image in turn, `(images,)`.
    """

    def __init__(
        self,
        library: Kernels,
        split: Split,
        *,
        input_layer: Scaling,
        vectors: int = 0,
        class_weights: NDArray[np.float32] | None = None,
    ) -> None:
        images = split.images
        self._pixels: NDArray[Any] = np.ascontiguousarray(images).reshape(len(images), -1)
        pixels = self._pixels.dtype == np.uint8
        self._labels = split.labels.astype(np.int32)
        self.order = np.arange(len(images))
        inputs = self._pixels.shape[1]
        self._scale, self._offset = (
            np.ascontiguousarray(np.broadcast_to(part, images.shape[1:])).reshape(-1)
            for part in scale_and_offset(input_layer)
        )
        self.structure = Images(inputs=inputs, block=1, labels=address(self._labels))
        if pixels:
            self.structure.pixels = address(self._pixels)
        else:
            self.structure.features = address(self._pixels)
        self.structure.scale, self.structure.offset = address(self._scale), address(self._offset)
        self._class_weights = class_weights  # kept as long as its address is used
        if class_weights is not None:
            self.structure.class_weights = address(class_weights)
        if vectors and pixels and not self._offset.any() and (self._scale == self._scale[0]).all():
            self._list(library, vectors)

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def listed(self) -> bool:
        """Whether the pixels that are not 0 are listed."""
        return bool(self.structure.pairs)

    @property
    def labels(self) -> NDArray[np.int32]:
        """`(images,)`."""
        return self._labels

    def _list(self, library: Kernels, vectors: int) -> None:
        count, inputs = self._pixels.shape
        nonzero = library.count_nonzero(address(self._pixels), self._pixels.size)
        if nonzero > _MOST_LISTED * self._pixels.size or 2 * nonzero > _LONGEST_LIST:
            return
        blocks = -(-inputs // min(_LARGEST_BLOCK, _BLOCK_BYTES // (vectors * library.lanes * 4)))
        block = -(-inputs // blocks)
        blocks = -(-inputs // block)
        self._starts = np.empty((count, blocks + 1), np.uint32)
        self._pairs = np.empty(2 * nonzero + SPARE_PAIRS, np.uint8)
        self._values = np.arange(256, dtype=np.float32) * self._scale[0]
        library.list_nonzero(
            address(self._pixels), inputs, block, 0, count, 0, address(self._starts), address(self._pairs)
        )
        self.structure.block, self.structure.blocks = block, blocks
        self.structure.pairs, self.structure.starts = address(self._pairs), address(self._starts)
        self.structure.values = address(self._values)
