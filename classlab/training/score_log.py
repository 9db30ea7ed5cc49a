"""Scores of many steps, turned into figures together: the training loop itself computes no metric.

Evaluating loss and accuracy takes a dozen small operations, as long as the arithmetic of a small network's step.
Collecting the scores and evaluating some hundred steps at once makes that cost vanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.losses import Loss

# Values held before an evaluation: 2 million float32 numbers (8 MB) stay within a processor's last cache.
_CAPACITY = 2_000_000


@dataclass(frozen=True)
class EpochFigures:
    """Figures of one pass over a split, one number per member.

    Args:
        loss: mean over images.
        accuracy: share of images whose highest score is the label's.
        top_k: share whose label is among the k highest scores, where asked for.
        first_bad_step: step at which the loss was first not finite, or -1.
    """

    loss: list[float]
    accuracy: list[float]
    top_k: list[float] | None
    first_bad_step: list[int]


class ScoreLog:
    """Collects the scores of one epoch or one evaluation.

    Args:
        members: number of members.
        batch: images per step.
        classes: scores per image.
        loss: what the scores are judged by.
        top_k: also count labels among the k highest.
        device: where scores live.
        dtype: what they are kept in.
    """

    def __init__(
        self,
        *,
        members: int,
        batch: int,
        classes: int,
        loss: Loss,
        top_k: int | None,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._loss, self._top_k = loss, top_k
        steps = max(1, _CAPACITY // (members * batch * classes))
        self._scores = torch.empty(steps, members, batch, classes, device=device, dtype=dtype)
        self._targets = torch.empty_like(self._scores)
        self._penalties = torch.zeros(steps, members, device=device, dtype=dtype)
        zeros = torch.zeros(members, dtype=torch.float64, device=device)
        self._loss_sum, self._correct, self._within = zeros, zeros.clone(), zeros.clone()
        self._bad = torch.full((members,), -1, device=device)
        self._filled, self._steps, self._images = 0, 0, 0
        self._batch = batch

    def add(self, members: slice, scores: Tensor, targets: Tensor) -> None:
        """Notes the scores of some members' current step; targets are one-hot, both `(members, batch, classes)`."""
        self._scores[self._filled, members, : scores.shape[1]] = scores
        self._targets[self._filled, members, : scores.shape[1]] = targets

    def end_step(self, images: int, penalties: Tensor | None) -> None:
        """Closes the current step.

        Args:
            images: how many images it had.
            penalties: each member's regularisation penalty, `(members,)`.
        """
        if penalties is not None:
            self._penalties[self._filled] = penalties
        self._filled += 1
        if images < self._batch or self._filled == len(self._scores):
            self._evaluate(images)

    def figures(self) -> EpochFigures:
        """Figures over everything noted so far."""
        if self._filled:
            self._evaluate(self._batch)
        return EpochFigures(
            loss=(self._loss_sum / self._images).tolist(),
            accuracy=(self._correct / self._images).tolist(),
            top_k=None if self._top_k is None else (self._within / self._images).tolist(),
            first_bad_step=self._bad.tolist(),
        )

    def _evaluate(self, last: int) -> None:
        """Adds up the noted steps; the last of them had `last` images, the others a full batch."""
        full = self._filled if last == self._batch else self._filled - 1
        if full:
            self._add_up(self._scores[:full], self._targets[:full], self._penalties[:full])
        if full < self._filled:
            self._add_up(
                self._scores[full : full + 1, :, :last],
                self._targets[full : full + 1, :, :last],
                self._penalties[full : full + 1],
            )
        self._filled = 0

    def _add_up(self, scores: Tensor, targets: Tensor, penalties: Tensor) -> None:
        """Args: `(steps, members, batch, classes)` twice and `(steps, members)`."""
        steps, _, batch, _ = scores.shape
        by_step = self._loss.values(scores, targets).mean(-1) + penalties
        self._loss_sum += by_step.double().sum(0) * batch
        labels = targets.argmax(-1)
        self._correct += (scores.argmax(-1) == labels).sum((0, 2))
        if self._top_k is not None:
            above = (scores > (scores * targets).sum(-1, keepdim=True)).sum(-1)
            self._within += (above < self._top_k).sum((0, 2))
        bad = ~by_step.isfinite()
        first = torch.where(bad.any(0), bad.to(torch.uint8).argmax(0) + self._steps, -1)
        self._bad = torch.where(self._bad >= 0, self._bad, first)
        self._steps += steps
        self._images += steps * batch
