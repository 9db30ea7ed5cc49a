"""A population on PyTorch: runs trained in lock-step, each step one trip of all members through the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from classlab.training.loop.epoch_result import epoch_results
from classlab.training.loop.probe import Changes
from classlab.training.loop.randomness import SeedGroups, orders_of
from classlab.training.tensor.evaluation import figures_on
from classlab.training.tensor.losses import loss_for
from classlab.training.tensor.network import Network
from classlab.training.tensor.optimizers.population import PopulationOptimizer
from classlab.training.tensor.passes import Shared
from classlab.training.tensor.penalties import Penalties
from classlab.training.tensor.score_log import ScoreLog
from classlab.training.tensor.shards import Shards, shard_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.training.loop.epoch_result import EpochFigures, EpochResult
    from classlab.training.loop.member import Member
    from classlab.training.loop.outcome import Weights
    from classlab.training.tensor.probe import Prober
    from classlab.training.tensor.resident import ResidentImages


class TensorPopulation:
    """See `Population`.

    Args:
        members: runs that share data, architecture, loss and batch size; equal seeds adjacent.
        weights: each member's weights.
        train: training images.
        validation: images that choose.
        prober: measures for the doctor; None where nobody wants to know.
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
        prober: Prober | None,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.members = list(members)
        self._train, self._validation, self._prober = train, validation, prober
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
        self._seed_groups = SeedGroups(tuple(m.spec.seed for m in members))
        self._before_last: dict[str, Tensor] | None = None
        self._shards: Shards | None = None

    @property
    def step_operations(self) -> float:
        """Floating-point operations of one member's step, about: forward, and twice that back."""
        return 6.0 * self._batch * self.network.multiplications

    def epoch(self, number: int, *, probed: bool) -> list[EpochResult]:
        """Trains one epoch and evaluates, here or in processes that share the members."""
        count = shard_count(self, threads=torch.get_num_threads())
        if count < 2:
            return self.epoch_here(number, probed=probed)
        if self._shards is None:
            self._shards = Shards(self, count=count)
        return self._shards.epoch(number, probed=probed)

    def epoch_here(self, number: int, *, probed: bool) -> list[EpochResult]:
        """The same in this process."""
        prober = self._prober if probed else None
        began = None if prober is None else self.snapshot()
        training = self._train_epoch(number, keep_last=prober is not None)
        validation = figures_on(
            self.network,
            self._validation,
            members=len(self.members),
            loss=self._loss,
            top_k=self._top_k,
        )
        probes = self._probes(prober, epoch=number + 1, began=began)
        return epoch_results(self.members, training, validation, probes, number=number, steps=self.steps)

    def first_probes(self) -> list[Probe | None]:
        """Measures every member for the doctor before the first step."""
        return self._probes(self._prober, epoch=0, began=None)

    def close(self) -> None:
        """Ends the workers; the population's state is up to date after every epoch."""
        if self._shards is not None:
            self._shards.close()
            self._shards = None

    def member_weights(self, seat: int) -> Weights:
        """Copies of one member's weights in Keras's shapes."""
        return self.network.member(seat)

    def part(self, seats: slice) -> TensorPopulation:
        """Consecutive members as a population of their own, with their weights and optimizer state."""
        members = self.members[seats]
        part = TensorPopulation(
            members,
            [self.network.member(seat) for seat in range(*seats.indices(len(self.members)))],
            train=self._train,
            validation=self._validation,
            prober=self._prober,
            device=self.device,
            dtype=self._dtype,
        )
        whole = self.tensors()
        for name, tensor in part.tensors().items():
            tensor.copy_(whole[name][seats])
        return part

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that the next epoch depends on, each with the member axis first."""
        return {name: tensor.cpu().numpy() for name, tensor in self.tensors().items()}

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Takes over what `state` gave."""
        for name, tensor in self.tensors().items():
            tensor.copy_(torch.from_numpy(state[name]))

    def tensors(self) -> dict[str, Tensor]:
        """What `state` copies."""
        found = {f"value/{key}": parameter.value for key, parameter in self.network.parameters.items()}
        for slot, values in self.optimizer.slots.items():
            for parameter, value in zip(self.network.trainable, values, strict=True):
                found[f"slot/{slot}/{parameter.spec.key}"] = value
        return found

    def keep(self, seats: Sequence[int]) -> None:
        """Lets every member go whose seat is not named; workers would still hold them."""
        self.close()
        chosen = torch.tensor(seats, dtype=torch.int64, device=self.device)
        self.members = [self.members[seat] for seat in seats]
        self.network.keep(chosen)
        self.optimizer.keep(chosen)
        self._seed_groups = SeedGroups(tuple(m.spec.seed for m in self.members))

    def snapshot(self) -> dict[str, Tensor]:
        """Copies of all weights by their key."""
        return {key: p.value.clone() for key, p in self.network.parameters.items()}

    def restore(self, snapshot: Mapping[str, Tensor], seat: int) -> None:
        """Gives one member the weights of a snapshot."""
        for key, parameter in self.network.parameters.items():
            parameter.value[seat] = snapshot[key][seat]

    def _probes(self, prober: Prober | None, *, epoch: int, began: dict[str, Tensor] | None) -> list[Probe | None]:
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
        targets = self._train.targets(orders)
        size = min(self._batch, len(self._train))
        labels = self._train.labels_at(orders)
        log = ScoreLog(
            self._seed_groups, batch=size, targets=targets, labels=labels, loss=self._loss, top_k=self._top_k
        )
        for step, images in enumerate(self._train.batches(orders, size=size)):
            if keep_last and step == self.steps - 1:
                self._before_last = self.snapshot()
            self._step(images, targets[:, :, step * size : (step + 1) * size], log, epoch=number, step=step)
        return log.figures()

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
        for run in self.network.passes(self._seed_groups, training=True, epoch=epoch, step=step):
            groups = self._groups(run.members)
            scores = self.network.forward(Shared(images[groups], run.seed_groups), run)
            wanted = Shared(targets[groups], run.seed_groups).per_member().transpose(1, 2)
            log.add(run.members, scores)
            self.network.backward(self._loss.gradient(scores, wanted), run)
        if self._penalties:
            self._penalties.add_gradients()
        log.end_step(images.shape[1], penalties)
        self.optimizer.step(epoch * self.steps + step)

    def _groups(self, members: slice) -> slice:
        """The groups of consecutive members, which are consecutive too."""
        group_of = self._seed_groups.group_of
        return slice(group_of[members.start], group_of[members.stop - 1] + 1)

    def _orders(self, epoch: int) -> Tensor:
        """The order of training images for each group, `(groups, images)`."""
        return torch.from_numpy(orders_of(self._seed_groups.group_seeds, epoch, len(self._train))).to(self.device)
