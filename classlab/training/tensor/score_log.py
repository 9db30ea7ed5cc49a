"""Scores of many steps, turned into figures together: the training loop itself computes no metric.

Evaluating loss and accuracy takes a dozen small operations, as long as the arithmetic of a small network's step.
Collecting the scores and evaluating some hundred steps at once makes that cost vanish.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import torch

from classlab.training.backend import EpochFigures

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.loop.randomness import SeedGroups
    from classlab.training.process.pulse import Losses
    from classlab.training.tensor.losses import Loss

# Values held before an evaluation: 2 million float32 numbers (8 MB) stay within a processor's last cache.
_CAPACITY = 2_000_000


class ScoreLog:
    """Collects the scores of one epoch or one evaluation.

    Args:
        seed_groups: the members.
        batch: images per step; the last step may have fewer.
        targets: one-hot labels of every image in the order of the steps, `(groups, classes, images)`; one group where
            all members see the same images in the same order.
        labels: the same as numbers, `(groups, images)`.
        loss: what the scores are judged by.
        top_k: also count labels among the k highest.
    """

    def __init__(
        self, seed_groups: SeedGroups, *, batch: int, targets: Tensor, labels: Tensor, loss: Loss, top_k: int | None
    ) -> None:
        self._loss, self._top_k = loss, top_k
        self._members, self._batch = len(seed_groups.seeds), batch
        self._targets, self._labels = targets, labels
        shared = targets.shape[0] in (1, self._members)
        self._group_of = None if shared else torch.tensor(seed_groups.group_of, device=targets.device)
        self._scores: Tensor | None = None
        self._filled, self._steps, self._images = 0, 0, 0
        self._loss_sum = targets.new_zeros(self._members, dtype=torch.float64)
        self._correct, self._within = self._loss_sum.clone(), self._loss_sum.clone()
        self._bad = torch.full((self._members,), -1, device=targets.device)

    def add(self, members: slice, scores: Tensor) -> None:
        """Notes the scores of some members' current step, `(members, batch, classes)`."""
        if self._scores is None:
            self._scores = self._room(scores)
            self._steps_room = self._scores.unbind()
            self._penalties = scores.new_zeros(len(self._scores), self._members)
        room = self._steps_room[self._filled]
        if scores.shape == room.shape:
            room.copy_(scores)
        else:
            room[members, : scores.shape[1]] = scores

    def end_step(self, images: int, penalties: Tensor | None) -> None:
        """Closes the current step.

        Args:
            images: how many images it had.
            penalties: each member's regularization penalty, `(members,)`.
        """
        if penalties is not None:
            self._penalties[self._filled] = penalties
        self._filled += 1
        if images < self._batch or self._filled == len(self._penalties):
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

    def so_far(self) -> Losses:
        """Loss and accuracy over everything noted so far, on a copy: sums stay those of the whole rooms."""
        seen = copy(self)
        seen._loss_sum, seen._correct, seen._within = (
            each.clone() for each in (self._loss_sum, self._correct, self._within)
        )
        found = seen.figures()
        return found.loss, found.accuracy

    def _room(self, like: Tensor) -> Tensor:
        """Room for the scores of many steps, in the memory order that the scores have."""
        classes = like.shape[2]
        needed = -(-self._labels.shape[-1] // self._batch)  # a room of its own for each step costs, filled or not
        steps = max(1, min(needed, _CAPACITY // (self._members * self._batch * classes)))
        if like.stride(1) < like.stride(2):
            return like.new_empty(steps, self._members, classes, self._batch).transpose(2, 3)
        return like.new_empty(steps, self._members, self._batch, classes)

    def _evaluate(self, last: int) -> None:
        """Adds up the noted steps; the last of them had `last` images, the others a full batch."""
        assert self._scores is not None  # noqa: S101 - a step was noted, or there would be nothing to evaluate
        full = self._filled if last == self._batch else self._filled - 1
        if full:
            self._add_up(self._scores[:full], self._penalties[:full])
        if full < self._filled:
            self._add_up(self._scores[full : full + 1, :, :last], self._penalties[full : full + 1])
        self._filled = 0

    def _add_up(self, scores: Tensor, penalties: Tensor) -> None:
        """Args: `(steps, members, batch, classes)` and `(steps, members)`."""
        steps, _, batch, _ = scores.shape
        seen = slice(self._images, self._images + steps * batch)
        labels = self._per_step(self._labels[:, None, seen], batch).expand(*scores.shape[:3], 1)
        label_scores = scores.gather(-1, labels).squeeze(-1)
        by_image = self._loss.values(scores, labels, lambda: self._per_step(self._targets[:, :, seen], batch))
        by_step = by_image.mean(-1) + penalties
        self._loss_sum += by_step.double().sum(0) * batch
        self._correct += _hits(scores, label_scores, labels).sum((0, 2))
        if self._top_k is not None:
            self._within += ((scores > label_scores[..., None]).sum(-1) < self._top_k).sum((0, 2))
        bad = ~by_step.isfinite()
        first = torch.where(bad.any(0), bad.to(torch.uint8).argmax(0) + self._steps, -1)
        self._bad = torch.where(self._bad >= 0, self._bad, first)
        self._steps += steps
        self._images += steps * batch

    def _per_step(self, values: Tensor, batch: int) -> Tensor:
        """`(groups, features, images)` as `(steps, members, batch, features)`; one member's row where all share it."""
        parts = values.view(*values.shape[:2], -1, batch).permute(2, 0, 3, 1)
        return parts if self._group_of is None else parts.index_select(1, self._group_of)


def _hits(scores: Tensor, label_scores: Tensor, labels: Tensor) -> Tensor:
    """Whether the highest score is the label's, `(steps, members, batch)`; of equal scores the first counts.

    Comparing with the maximum is many times quicker than looking for its place, which only images with ties call for.
    """
    highest = scores.amax(-1, keepdim=True)
    hits = label_scores == highest.squeeze(-1)
    at_top = scores == highest
    if int(at_top.sum()) > label_scores.numel():
        tied = at_top.sum(-1) > 1
        hits[tied] = scores[tied].argmax(-1) == labels.squeeze(-1)[tied]
    return hits
