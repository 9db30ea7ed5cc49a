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
        one_target: all members have the same targets, so that one row of them is enough.
    """

    def __init__(
        self, *, members: int, batch: int, classes: int, loss: Loss, top_k: int | None, one_target: bool
    ) -> None:
        self._loss, self._top_k, self._one_target = loss, top_k, one_target
        self._members, self._batch, self._classes = members, batch, classes
        self._scores: Tensor | None = None
        self._filled, self._steps, self._images = 0, 0, 0

    def add(self, members: slice, scores: Tensor, targets: Tensor) -> None:
        """Notes the scores of some members' current step; targets are one-hot, both `(members, batch, classes)`."""
        if self._scores is None:
            self._scores = self._allocate(scores)
        images = scores.shape[1]
        self._scores[self._filled, members, :images] = scores
        if self._one_target:
            self._targets[self._filled, 0, :images] = targets[0]
        else:
            self._targets[self._filled, members, :images] = targets

    def end_step(self, images: int, penalties: Tensor | None) -> None:
        """Closes the current step.

        Args:
            images: how many images it had.
            penalties: each member's regularisation penalty, `(members,)`.
        """
        if penalties is not None:
            self._penalties[self._filled] = penalties
        self._filled += 1
        if images < self._batch or self._filled == len(self._targets):
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

    def _allocate(self, like: Tensor) -> Tensor:
        """Room for the scores of many steps, in the memory order that the scores have; sets up the sums beside it."""
        steps = max(1, _CAPACITY // (self._members * self._batch * self._classes))
        self._targets = like.new_empty(steps, 1 if self._one_target else self._members, self._batch, self._classes)
        self._penalties = like.new_zeros(steps, self._members)
        self._loss_sum = like.new_zeros(self._members, dtype=torch.float64)
        self._correct, self._within = self._loss_sum.clone(), self._loss_sum.clone()
        self._bad = torch.full((self._members,), -1, device=like.device)
        if like.stride(0) < like.stride(1):
            return like.new_empty(steps, self._batch, self._members, self._classes).transpose(1, 2)
        return like.new_empty(steps, self._members, self._batch, self._classes)

    def _evaluate(self, last: int) -> None:
        """Adds up the noted steps; the last of them had `last` images, the others a full batch."""
        assert self._scores is not None  # noqa: S101 - a step was noted, or there would be nothing to evaluate
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
