"""Figures and scores of members on a split, without training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.parameters import Penalties
from classlab.training.tensor.passes import Shared
from classlab.training.tensor.score_log import ScoreLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from classlab.training.backend import EpochFigures
    from classlab.training.tensor.losses import Loss
    from classlab.training.tensor.network import Network
    from classlab.training.tensor.resident import ResidentImages

# Values between two layers that are evaluated together, over all images and members: 16 MB as float32 stay in a
# processor's last cache. Never fewer than 64 images, which keep matrix products efficient.
_VALUES = 4_000_000
_FEWEST = 64


def figures_on(
    network: Network,
    images: ResidentImages,
    *,
    members: int,
    loss: Loss,
    top_k: int | None,
    kept: list[Tensor] | None = None,
) -> EpochFigures:
    """Every member's figures on the same images.

    Args:
        network: the members' network.
        images: what they are measured on.
        members: how many they are.
        loss: what the loss figure is.
        top_k: also measure top-k accuracy.
        kept: takes every batch's scores in order, `(members, batch, classes)`.
    """
    batch = _batch(network, members, len(images))
    together = SeedGroups((0,) * members)
    log = ScoreLog(
        together, batch=batch, targets=images.all_targets(), labels=images.labels[None], loss=loss, top_k=top_k
    )
    penalties = Penalties(list(network.parameters.values()))
    fixed = penalties.values() if penalties else None
    for start, parts in _scores(network, images, members=members, batch=batch):
        stop = min(start + batch, len(images))
        for own, scores in parts:
            log.add(own, scores)
        if kept is not None:
            kept.append(torch.cat([scores for _, scores in parts]))
        log.end_step(stop - start, fixed)
    return log.figures()


def _batch(network: Network, members: int, images: int) -> int:
    return min(images, max(_FEWEST, _VALUES // (members * network.widest)))


def _scores(
    network: Network, images: ResidentImages, *, members: int, batch: int
) -> Iterator[tuple[int, list[tuple[slice, Tensor]]]]:
    """For each batch its first image and, pass by pass, which members' scores `(members, batch, classes)`."""
    together = SeedGroups((0,) * members)
    for start in range(0, len(images), batch):
        values = images.between(start, min(start + batch, len(images)))[None]
        yield (
            start,
            [
                (run.members, network.forward(Shared(values, run.seed_groups), run))
                for run in network.passes(together, training=False)
            ],
        )
