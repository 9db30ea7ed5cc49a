"""A Keras model as a function on PyTorch tensors, and the figures of what it gives."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import torch

from classlab.training.backend import EpochFigures
from classlab.training.keras.direct import DirectModel
from classlab.training.keras.population import EVALUATION_BATCH
from classlab.training.tensor.layers.build import affine
from classlab.training.tensor.losses import loss_for, weighted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import Loss
    from classlab.training.process.pulse import Losses
    from classlab.training.tensor.resident import ResidentImages

# Scores held before they are counted: 2 million float32 numbers (8 MB) stay within a processor's last cache.
_CAPACITY = 2_000_000
# Bytes of a layer's values in evaluation. Freed blocks up to here stay in the process, see `freed_memory_kept`. Larger
# ones come from the system page by page at every layer, which took four fifths of MobileNetV2's time at 96 x 96.
_LARGEST = 32 * 2**20


class Forward:
    """The model behind its preprocessing, called directly; PyTorch follows its operations for the gradients.

    Args:
        model: the Keras model with its preprocessing in front, see `keras_model`. Images come scaled here, so that
            layer is passed by.
        loss: what is minimized.
        dtype: what convolutions compute in while the model trains, see `DirectModel`.
        class_weights: what an image's loss is multiplied by where the model trains, `(classes,)`; None for 1.
        learns: whether its weights may change from call to call, see `DirectModel`.
    """

    def __init__(
        self,
        model: Any,
        loss: Loss,
        *,
        dtype: torch.dtype = torch.float32,
        class_weights: NDArray[np.float32] | None = None,
        learns: bool = True,
    ) -> None:
        self.inner = model.layers[-1]
        self._compute = DirectModel(self.inner, dtype=dtype, learns=learns)
        self._together = _images_together(self.inner)
        self.classes = int(model.output_shape[-1])
        self._taken = tuple(self.inner.inputs[0].shape[1:])
        # A closing softmax stays with the model, as Keras on PyTorch has it.
        self._loss = loss_for(loss, softmax_in_loss=False)
        self._trained_by = weighted(self._loss, class_weights, device=self._device())

    def scores(self, images: Tensor, *, training: bool) -> Tensor:
        """Scores `(batch, classes)` in float32.

        Args:
            images: scaled, `(batch, height, width, channels)`.
            training: whether dropout drops and the statistics of the batch count.
        """
        return self._compute(images.reshape(len(images), *self._taken), training=training).float()

    def loss(self, scores: Tensor, labels: Tensor, *, training: bool = False) -> Tensor:
        """The mean loss of the last batch, `()`, with what layers and regularizers add to it.

        Args:
            scores: what `scores` gave last, `(batch, classes)`.
            labels: int64, `(batch,)`.
            training: whether classes have their weights.
        """
        loss = self._trained_by if training else self._loss
        total = loss.values(scores, labels[:, None], lambda: _one_hot(labels, scores)).mean()
        for added in self.inner.losses:
            total = total + added.float().sum()
        return total

    @torch.no_grad()
    def of_pixels(self, images: NDArray[np.uint8], input_layer: Rescaling | Normalization) -> NDArray[np.float32]:
        """Scores in evaluation, `(images, classes)`, of pixels `(images, height, width, channels)`."""
        self.inner.eval()
        scale = affine(input_layer, device=self._device())
        found = []
        for start in range(0, len(images), self._together):
            pixels = torch.from_numpy(images[start : start + self._together]).to(self._device())
            found.append(self.scores(scale(pixels), training=False).cpu())
        scores: NDArray[np.float32] = torch.cat(found).numpy()
        return scores

    @torch.no_grad()
    def figures(self, images: ResidentImages, *, top_k: int | None, kept: list[Tensor] | None = None) -> EpochFigures:
        """Loss and accuracies on images.

        Args:
            images: what the model is measured on.
            top_k: also measure top-k accuracy.
            kept: takes every batch's scores in order, `(batch, classes)`.
        """
        self.inner.eval()
        tally = Tally(top_k=top_k)
        for start in range(0, len(images), self._together):
            stop = min(start + self._together, len(images))
            scores, labels = self.scores(images.between(start, stop), training=False), images.labels[start:stop]
            tally.add(scores, labels, self.loss(scores, labels))
            if kept is not None:
                kept.append(scores)
        return tally.figures()

    def _device(self) -> torch.device:
        weights = self.inner.weights
        return weights[0].value.device if weights else torch.device("cpu")


class Tally:
    """Running figures over batches: nothing is copied to the host before the end.

    Args:
        top_k: also count labels among the k highest scores.
    """

    def __init__(self, *, top_k: int | None) -> None:
        self._top_k = top_k
        self._losses: list[Tensor] = []
        self._sizes: list[int] = []
        self._held: list[tuple[Tensor, Tensor]] = []
        self._values = 0
        self._correct: list[Tensor] = []
        self._within: list[Tensor] = []

    def add(self, scores: Tensor, labels: Tensor, loss: Tensor) -> None:
        """Notes a batch.

        Args:
            scores: `(batch, classes)`.
            labels: int64, `(batch,)`.
            loss: its mean loss, `()`.
        """
        self._losses.append(loss.detach())
        self._sizes.append(len(labels))
        self._held.append((scores.detach(), labels))
        self._values += scores.numel()
        if self._values >= _CAPACITY:
            self._count()

    def figures(self) -> EpochFigures:
        """Figures over everything noted."""
        self._count()
        losses, images = torch.stack(self._losses).double().cpu(), sum(self._sizes)
        bad = (~losses.isfinite()).nonzero()
        return EpochFigures(
            loss=[float(losses @ torch.tensor(self._sizes, dtype=torch.float64)) / images],
            accuracy=[_total(self._correct) / images],
            top_k=None if self._top_k is None else [_total(self._within) / images],
            first_bad_step=[int(bad[0]) if len(bad) else -1],
        )

    def so_far(self) -> Losses:
        """Loss and accuracy over everything noted; what is noted afterwards adds up as if nobody had asked."""
        found = self.figures()
        return found.loss, found.accuracy

    def _count(self) -> None:
        if not self._held:
            return
        scores, labels = (torch.cat(parts) for parts in zip(*self._held, strict=True))
        self._held, self._values = [], 0
        self._correct.append((scores.argmax(1) == labels).sum())
        if self._top_k is not None:
            own = scores.gather(1, labels[:, None])
            self._within.append(((scores > own).sum(1) < self._top_k).sum())


def _images_together(model: Any) -> int:
    """How many images go through a Keras model at once where nothing is learned."""
    made = [
        prod(length or 1 for length in tensor.shape[1:])
        for layer in model._flatten_layers()  # Keras has no public walk into layers within layers
        for node in layer._inbound_nodes
        for tensor in node.output_tensors
    ]
    return max(1, min(EVALUATION_BATCH, _LARGEST // (4 * max(made, default=1))))


def _total(parts: list[Tensor]) -> int:
    return int(torch.stack(parts).sum())


def _one_hot(labels: Tensor, like: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(labels, like.shape[1]).to(like.dtype)
