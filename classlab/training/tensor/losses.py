"""Losses for all members at once: their value per image and their gradient with respect to the scores.

References:
    `keras.losses`; each value is the mean over the batch, as Keras's default reduction computes it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.records.run import Loss as LossSpec

# `keras.config.epsilon()`: probabilities are clipped to [epsilon, 1 - epsilon] before the logarithm.
_EPSILON = 1e-7


class Loss(ABC):
    """Scores and targets carry the member axis first; targets may have one member's row for all."""

    @abstractmethod
    def values(self, scores: Tensor, labels: Tensor, targets: Callable[[], Tensor]) -> Tensor:
        """Loss of each image, `(..., members, batch)`.

        Args:
            scores: `(..., members, batch, classes)`.
            labels: each image's label, `(..., members, batch, 1)`.
            targets: gives the one-hot targets, shaped like the scores; asked only where they are needed.
        """

    @abstractmethod
    def gradient(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Gradient of the batch's mean loss with respect to the scores, `(members, batch, classes)`."""

    def probabilities(self, scores: Tensor) -> Tensor:
        """What the scores mean as probabilities."""
        return scores


class CrossEntropyFromScores(Loss):
    """-log softmax(scores)[label]; the gradient is softmax(scores) - target, over the batch."""

    def values(self, scores: Tensor, labels: Tensor, targets: Callable[[], Tensor]) -> Tensor:  # noqa: ARG002 - one signature for all losses
        """Finite for every finite score; one pass in the memory's own order, half the time of a log-sum-exp."""
        if scores.stride(-1) > scores.stride(-2):
            shares = torch.log_softmax(scores.transpose(-1, -2), -2)
            return shares.gather(-2, labels.transpose(-1, -2)).squeeze(-2).neg_()
        return torch.log_softmax(scores, -1).gather(-1, labels).squeeze(-1).neg_()

    def gradient(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Works in whichever of images or classes is innermost in memory, so that nothing is copied."""
        classes = -1
        if scores.stride(-1) > scores.stride(-2):
            scores, targets, classes = scores.transpose(-1, -2), targets.transpose(-1, -2), -2
        result = torch.softmax(scores, classes).sub_(targets)
        result.mul_(1 / result.shape[-1 if classes == -2 else -2])
        return result.transpose(-1, -2) if classes == -2 else result

    def probabilities(self, scores: Tensor) -> Tensor:
        """Softmax."""
        return torch.softmax(scores, -1)


class CrossEntropyFromProbabilities(Loss):
    """-log of the label's normalized and clipped output, for networks whose head is not a softmax."""

    def values(self, scores: Tensor, labels: Tensor, targets: Callable[[], Tensor]) -> Tensor:  # noqa: ARG002 - see above
        """Outputs are divided by their sum and clipped before the logarithm, as Keras does."""
        return -(scores.gather(-1, labels).squeeze(-1) / scores.sum(-1)).clamp(_EPSILON, 1 - _EPSILON).log()

    def gradient(self, scores: Tensor, targets: Tensor) -> Tensor:
        """d/do of -log(o_label / sum(o)) is 1/sum(o) - [label]/o_label; zero where the label's share is clipped."""
        total = scores.sum(-1, keepdim=True)
        label = (scores * targets).sum(-1, keepdim=True)
        share = label / total
        inside = (share >= _EPSILON) & (share <= 1 - _EPSILON)
        slope = (1 / total - targets / label).where(inside, torch.zeros(()).to(scores))
        return slope / scores.shape[1]


class MeanSquaredError(Loss):
    """Mean over classes of (score - target)^2."""

    def values(self, scores: Tensor, labels: Tensor, targets: Callable[[], Tensor]) -> Tensor:  # noqa: ARG002 - see above
        """Mean over the class axis."""
        return (scores - targets()).square_().mean(-1)

    def gradient(self, scores: Tensor, targets: Tensor) -> Tensor:
        """2 (score - target) / (classes * batch)."""
        return (scores - targets).mul_(2 / (scores.shape[-1] * scores.shape[1]))


class Weighted(Loss):
    """Another loss, of each image multiplied by its class's weight; the mean is still over the number of images.

    Args:
        loss: the other.
        weights: `(classes,)`.
    """

    def __init__(self, loss: Loss, weights: Tensor) -> None:
        self._loss, self._weights = loss, weights

    def values(self, scores: Tensor, labels: Tensor, targets: Callable[[], Tensor]) -> Tensor:
        """The other's values, weighted."""
        return self._loss.values(scores, labels, targets) * self._weights[labels.squeeze(-1)]

    def gradient(self, scores: Tensor, targets: Tensor) -> Tensor:
        """The other's gradient, weighted image by image."""
        return self._loss.gradient(scores, targets).mul_((targets * self._weights).sum(-1, keepdim=True))

    def probabilities(self, scores: Tensor) -> Tensor:
        """The other's."""
        return self._loss.probabilities(scores)


def weighted(loss: Loss, class_weights: NDArray[np.float32] | None, *, device: torch.device) -> Loss:
    """The loss that is trained by; the same one where every image counts alike.

    Args:
        loss: what figures are measured by.
        class_weights: `(classes,)`, or None.
        device: where the scores are.
    """
    return loss if class_weights is None else Weighted(loss, torch.from_numpy(class_weights).to(device))


def loss_for(spec: LossSpec, *, softmax_in_loss: bool) -> Loss:
    """The loss of a specification.

    Args:
        spec: name and whether the network ends in raw scores.
        softmax_in_loss: the network's closing softmax was left to the loss.
    """
    if spec.name == "mean_squared_error":
        return MeanSquaredError()
    if spec.from_logits or softmax_in_loss:
        return CrossEntropyFromScores()
    return CrossEntropyFromProbabilities()
