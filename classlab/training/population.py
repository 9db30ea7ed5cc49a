"""A population: runs trained in lock-step, each step one trip of all members through the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.training.compiled.dense_epoch import dense_epochs
from classlab.training.epoch_result import EpochResult
from classlab.training.evaluation import figures_on
from classlab.training.losses import loss_for
from classlab.training.network import Network
from classlab.training.optimizers.population import PopulationOptimizer
from classlab.training.penalties import Penalties
from classlab.training.probe import Changes, Prober
from classlab.training.randomness import generator
from classlab.training.score_log import ScoreLog
from classlab.training.seating import Seating, Shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.training.member import Member
    from classlab.training.outcome import Weights
    from classlab.training.resident import ResidentImages
    from classlab.training.score_log import EpochFigures


class Population:
    """Members in training, in the order of their seats, and everything that one epoch of them needs.

    Args:
        members: runs that share data, architecture, loss and batch size; equal seeds adjacent.
        weights: each member's weights.
        train: training images.
        validation: images that choose.
        device: where all of it lives.
        dtype: arithmetic of the convolutions.
    """

    def __init__(
        self,
        members: Sequence[Member],
        weights: Sequence[Weights],
        *,
        train: ResidentImages,
        validation: ResidentImages,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.members = list(members)
        self._train, self._validation = train, validation
        self.device, self._dtype = device, dtype
        spec = members[0].spec
        self._batch, self._top_k = spec.batch_size, spec.top_k
        self.steps = -(-len(train) // spec.batch_size)
        architecture: Architecture = spec.architecture  # type: ignore[assignment]  # Keras's own models train elsewhere
        self.network = Network(architecture, weights, loss=spec.loss, device=device, dtype=dtype)
        self._loss = loss_for(spec.loss, softmax_in_loss=self.network.softmax_in_loss)
        self.optimizer = PopulationOptimizer(
            [m.spec for m in members], self.network.trainable, steps_per_epoch=self.steps, device=device
        )
        self._penalties = Penalties(list(self.network.parameters.values()))
        self._seating = Seating(tuple(m.spec.seed for m in members))
        self._before_last: list[Tensor] | None = None
        self._compiled = dense_epochs(
            self.network, self._loss, [m.spec for m in members], train, device=device, dtype=dtype
        )

    @property
    def compiled(self) -> bool:
        """Whether steps are taken by compiled kernels, which spread members over threads themselves."""
        return self._compiled is not None

    @property
    def step_operations(self) -> float:
        """Floating-point operations of one member's step, about: forward, and twice that back."""
        return 6.0 * self._batch * self.network.multiplications

    def epoch(self, number: int, *, prober: Prober | None = None) -> list[EpochResult]:
        """Trains one epoch and evaluates.

        Args:
            number: epochs done before this one.
            prober: measures for the doctor afterwards.

        Returns:
            One result per member.
        """
        began = None if prober is None else self.snapshot()
        training = self._train_epoch(number, keep_last=prober is not None)
        validation = figures_on(
            self.network,
            self._validation,
            members=len(self.members),
            loss=self._loss,
            top_k=self._top_k,
        )
        rates = self.optimizer.learning_rates((number + 1) * self.steps - 1)
        probes = self._probes(prober, epoch=number + 1, began=began)
        return [
            EpochResult(
                figures=self._named(training, "", seat)
                | self._named(validation, "val_", seat)
                | {"learning_rate": rates[seat]},
                first_bad_step=training.first_bad_step[seat],
                probe=probes[seat],
            )
            for seat in range(len(self.members))
        ]

    def first_probes(self, prober: Prober) -> list[Probe | None]:
        """Measures every member for the doctor before the first step."""
        return self._probes(prober, epoch=0, began=None)

    def part(self, seats: slice) -> Population:
        """Consecutive members as a population of their own, with their weights and optimizer state."""
        members = self.members[seats]
        part = Population(
            members,
            [self.network.member(seat) for seat in range(*seats.indices(len(self.members)))],
            train=self._train,
            validation=self._validation,
            device=self.device,
            dtype=self._dtype,
        )
        whole = self.state()
        for name, tensor in part.state().items():
            tensor.copy_(whole[name][seats])
        return part

    def state(self) -> dict[str, Tensor]:
        """Everything that the next epoch depends on, each with the member axis first."""
        found = {f"value/{key}": parameter.value for key, parameter in self.network.parameters.items()}
        for slot, values in self.optimizer.slots.items():
            for parameter, value in zip(self.network.trainable, values, strict=True):
                found[f"slot/{slot}/{parameter.spec.key}"] = value
        return found

    def keep(self, seats: Sequence[int]) -> None:
        """Lets every member go whose seat is not named."""
        chosen = torch.tensor(seats, dtype=torch.int64, device=self.device)
        self.members = [self.members[seat] for seat in seats]
        self.network.keep(chosen)
        self.optimizer.keep(chosen)
        self._seating = Seating(tuple(m.spec.seed for m in self.members))

    def snapshot(self) -> list[Tensor]:
        """Copies of all weights, in the order of the network's parameters."""
        return [p.value.clone() for p in self.network.parameters.values()]

    def restore(self, snapshot: Sequence[Tensor], seat: int) -> None:
        """Gives one member the weights of a snapshot."""
        for parameter, values in zip(self.network.parameters.values(), snapshot, strict=True):
            parameter.value[seat] = values[seat]

    def _probes(self, prober: Prober | None, *, epoch: int, began: Sequence[Tensor] | None) -> list[Probe | None]:
        """What the doctor wants to know of every member; changes nothing that training depends on."""
        if prober is None:
            return [None] * len(self.members)
        changes = Changes(epoch_began=began, last_step=self._before_last)
        self._before_last = None
        return prober.probe(
            self.network,
            loss=self._loss,
            penalties=self._penalties,
            members=len(self.members),
            epoch=epoch,
            changes=changes,
        )

    def _train_epoch(self, number: int, *, keep_last: bool) -> EpochFigures:
        orders = self._orders(number)
        if self._compiled is not None:
            return self._compiled.epoch(
                number,
                orders,
                runs=[m.spec for m in self.members],
                seating=self._seating,
                optimizer=self.optimizer,
                before_last=self._keep_last if keep_last else None,
            )
        targets = self._train.targets(orders)
        size = min(self._batch, len(self._train))
        labels = self._train.labels_at(orders)
        log = ScoreLog(self._seating, batch=size, targets=targets, labels=labels, loss=self._loss, top_k=self._top_k)
        for step, images in enumerate(self._train.batches(orders, size=size)):
            if keep_last and step == self.steps - 1:
                self._keep_last()
            self._step(images, targets[:, :, step * size : (step + 1) * size], log, epoch=number, step=step)
        return log.figures()

    def _keep_last(self) -> None:
        self._before_last = self.snapshot()

    def _step(self, images: Tensor, targets: Tensor, log: ScoreLog, *, epoch: int, step: int) -> None:
        """One batch for every member.

        Args:
            images: scaled, `(groups, batch, height, width, channels)`.
            targets: one-hot labels, `(groups, classes, batch)`.
            log: takes the scores.
            epoch: epochs done before this one.
            step: steps done in this epoch.
        """
        penalties = self._penalties.values() if self._penalties else None
        for run in self.network.passes(self._seating, training=True, epoch=epoch, step=step):
            groups = self._groups(run.members)
            scores = self.network.forward(Shared(images[groups], run.seating), run)
            wanted = Shared(targets[groups], run.seating).per_member().transpose(1, 2)
            log.add(run.members, scores)
            self.network.backward(self._loss.gradient(scores, wanted), run)
        if self._penalties:
            self._penalties.add_gradients()
        log.end_step(images.shape[1], penalties)
        self.optimizer.step(epoch * self.steps + step)

    def _groups(self, members: slice) -> slice:
        """The groups of consecutive members, which are consecutive too."""
        group_of = self._seating.group_of
        return slice(group_of[members.start], group_of[members.stop - 1] + 1)

    def _orders(self, epoch: int) -> Tensor:
        """The order of training images for each group, `(groups, images)`."""
        count = len(self._train)
        orders = [generator(seed, "order of batches", epoch).permutation(count) for seed in self._seating.group_seeds]
        return torch.from_numpy(np.stack(orders)).to(self.device)

    def _named(self, figures: EpochFigures, prefix: str, seat: int) -> dict[str, float]:
        named = {f"{prefix}loss": figures.loss[seat], f"{prefix}accuracy": figures.accuracy[seat]}
        if figures.top_k is not None:
            named[f"{prefix}top_{self._top_k}_accuracy"] = figures.top_k[seat]
        return named
