"""Epochs of dense networks in the kernels, team by team on as many threads as there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from classlab.training.compiled.library import kernels
from classlab.training.compiled.pixels import KernelImages
from classlab.training.compiled.recognition import dense_chain
from classlab.training.compiled.rules import known
from classlab.training.compiled.team import Team
from classlab.training.score_log import EpochFigures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from ctypes import CDLL

    from torch import Tensor

    from classlab.records.run import RunSpec
    from classlab.training.compiled.recognition import DenseLayer
    from classlab.training.compiled.team import Slots
    from classlab.training.losses import Loss
    from classlab.training.network import Network
    from classlab.training.optimizers.population import PopulationOptimizer
    from classlab.training.resident import ResidentImages
    from classlab.training.seating import Seating


class DenseEpochs:
    """What takes a population's epochs in place of PyTorch.

    Weights and optimizer state stay where the population keeps them, and are taken over for the length of an epoch: so
    whatever else happens between epochs (evaluation, checkpoints, members that go) knows nothing of the kernels.

    Args:
        library: the kernels.
        layers: the network.
        images: training images.
        batch: images per step.
    """

    def __init__(self, library: CDLL, layers: Sequence[DenseLayer], images: ResidentImages, *, batch: int) -> None:
        self._library, self._layers, self._batch = library, list(layers), batch
        self._resident = images
        self._images: KernelImages | None = None
        self._teams: list[Team] = []
        self._seated: list[RunSpec] = []

    def epoch(
        self,
        number: int,
        orders: Tensor,
        *,
        runs: Sequence[RunSpec],
        seating: Seating,
        optimizer: PopulationOptimizer,
        before_last: Callable[[], None] | None,
    ) -> EpochFigures:
        """Trains one epoch.

        Args:
            number: epochs done before this one.
            orders: which images in which order, `(groups, images)`.
            runs: the members, in the order of their seats.
            seating: who shares a seed.
            optimizer: its slots are read and written.
            before_last: called before the last step, with the weights as they are then.
        """
        self._seat(runs, seating)
        slots: Slots = {
            name: {p.spec.key: values.numpy() for p, values in zip(optimizer.parameters, tensors, strict=True)}
            for name, tensors in optimizer.slots.items()
        }
        steps = -(-orders.shape[1] // self._batch)
        for team in self._teams:
            team.load(slots)
        if before_last is None:
            self._run(number, orders, seating, range(steps))
        else:
            self._run(number, orders, seating, range(steps - 1))
            for team in self._teams:
                team.store(slots)
            before_last()
            self._run(number, orders, seating, range(steps - 1, steps))
        for team in self._teams:
            team.store(slots)
        images = orders.shape[1]
        return EpochFigures(
            loss=[float(loss) / images for team in self._teams for loss in team.loss],
            accuracy=[int(correct) / images for team in self._teams for correct in team.correct],
            top_k=None,
            first_bad_step=[int(bad) for team in self._teams for bad in team.bad],
        )

    def _seat(self, runs: Sequence[RunSpec], seating: Seating) -> None:
        if self._seated == list(runs) and self._teams:
            return
        self._seated = list(runs)
        self._teams = [
            Team(self._layers, seats, runs[seats]) for seats in team_seats(seating, threads=torch.get_num_threads())
        ]
        if self._images is None:
            most = max(team.vectors for team in self._teams)
            self._images = KernelImages(self._library, self._resident, vectors=most)

    def _run(self, number: int, orders: Tensor, seating: Seating, steps: range) -> None:
        images = self._images
        assert images is not None  # noqa: S101 - seating makes them
        by_group = orders.numpy()

        def train(team: Team) -> None:
            order = by_group[seating.group_of[team.seats.start]]
            team.run(self._library, images, order, batch=self._batch, epoch=number, steps=steps)

        threads = min(torch.get_num_threads(), len(self._teams))
        if threads < 2:
            for team in self._teams:
                train(team)
            return
        with ThreadPoolExecutor(threads, thread_name_prefix="classlab-team") as pool:
            for _ in pool.map(train, self._teams):
                pass


def dense_epochs(
    network: Network,
    loss: Loss,
    runs: Sequence[RunSpec],
    images: ResidentImages,
    *,
    device: torch.device,
    dtype: torch.dtype,
) -> DenseEpochs | None:
    """Epochs in the kernels where they are installed and know the network and every member's rule, else None."""
    library = kernels()
    if library is None or device.type != "cpu" or dtype != torch.float32 or runs[0].top_k is not None:
        return None
    layers = dense_chain(network.layers, loss)
    if layers is None or any(p.spec.regularizer is not None for p in network.parameters.values()):
        return None
    if not all(known(run.optimizer) for run in runs):
        return None
    return DenseEpochs(library, layers, images, batch=min(runs[0].batch_size, len(images)))


def team_seats(seating: Seating, *, threads: int) -> list[slice]:
    """Who trains together: members of one seed, in so many parts that all threads have work to the end.

    Example:
        >>> from classlab.training.seating import Seating
        >>> [(seats.start, seats.stop) for seats in team_seats(Seating((0, 0, 0, 1, 1)), threads=2)]
        [(0, 3), (3, 5)]
        >>> [(seats.start, seats.stop) for seats in team_seats(Seating((0, 0, 0)), threads=2)]
        [(0, 1), (1, 3)]
    """
    parts = 1 if len(seating.spans) % threads == 0 else threads
    found = []
    for start, stop in seating.spans:
        count = min(parts, stop - start)
        bounds = [start + (stop - start) * place // count for place in range(count + 1)]
        found += [slice(first, last) for first, last in pairwise(bounds)]
    return found
