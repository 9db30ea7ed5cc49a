"""A population on PyTorch: runs trained in lock-step, each step one pass of all members through the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from classlab.training.backend import EpochResult
from classlab.training.kernels.augmented import epoch_orders
from classlab.training.loop.probe import Changes
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.evaluation import figures_on
from classlab.training.tensor.losses import loss_for, weighted
from classlab.training.tensor.network import Network
from classlab.training.tensor.optimizers.population import PopulationOptimizer
from classlab.training.tensor.parameters import Penalties
from classlab.training.tensor.passes import Shared
from classlab.training.tensor.score_log import ScoreLog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.records.run import RunSpec
    from classlab.training.backend import EpochFigures, Weights
    from classlab.training.process.pulse import Pulse
    from classlab.training.tensor.probe import Prober
    from classlab.training.tensor.resident import ResidentImages


class TensorPopulation:
    """See `Population`.

    Args:
        runs: specifications that share data, architecture, loss and batch size; equal seeds adjacent.
        weights: each member's weights.
        train: training images.
        validation: images that choose.
        prober: measures for the doctor; None where nobody wants to know.
        device: where all of it lives.
        dtype: arithmetic of the convolutions.
        class_weights: what a training image's loss is multiplied by, `(classes,)`; None for 1.
    """

    def __init__(
        self,
        runs: Sequence[RunSpec],
        weights: Sequence[Weights],
        *,
        train: ResidentImages,
        validation: ResidentImages,
        prober: Prober | None,
        device: torch.device,
        dtype: torch.dtype,
        class_weights: NDArray[np.float32] | None = None,
    ) -> None:
        self.runs = list(runs)
        self._train, self._validation, self._prober = train, validation, prober
        self.device, self._dtype = device, dtype
        spec = runs[0]
        self._batch, self._top_k = spec.batch_size, spec.top_k
        self.steps = -(-len(train) // spec.batch_size)
        architecture: Architecture = spec.architecture  # type: ignore[assignment]  # Keras's own models train elsewhere
        self.network = Network(architecture, weights, loss=spec.loss, device=device, dtype=dtype)
        self._loss = loss_for(spec.loss, softmax_in_loss=self.network.softmax_in_loss)
        self._class_weights = class_weights
        self._trained_by = weighted(self._loss, class_weights, device=device)
        self.optimizer = PopulationOptimizer(
            self.runs, self.network.trainable, steps_per_epoch=self.steps, device=device
        )
        self._penalties = Penalties(list(self.network.parameters.values()))
        self._seed_groups = SeedGroups.of(runs)
        self._before_last: dict[str, Tensor] | None = None

    @property
    def step_operations(self) -> float:
        """Floating-point operations of one member's step, about: forward, and twice that back."""
        return 6.0 * self._batch * self.network.multiplications

    def epoch(self, number: int, *, probed: bool, pulse: Pulse | None = None) -> EpochResult:
        """Trains one epoch and evaluates."""
        prober = self._prober if probed else None
        began = None if prober is None else self.snapshot()
        training = self._train_epoch(number, keep_last=prober is not None, pulse=pulse)
        validation = figures_on(
            self.network,
            self._validation,
            members=len(self.runs),
            loss=self._loss,
            top_k=self._top_k,
        )
        probes = self._probes(prober, epoch=number + 1, began=began)
        return EpochResult(training=training, validation=validation, probes=probes)

    def first_probes(self) -> list[Probe | None]:
        """Measures every member for the doctor before the first step."""
        return self._probes(self._prober, epoch=0, began=None)

    def close(self) -> None:
        """There is nothing beside this process."""

    def member_weights(self, slot: int) -> Weights:
        """Copies of one member's weights in Keras's shapes."""
        return self.network.member(slot)

    def part(self, slots: slice) -> TensorPopulation:
        """Consecutive members as a population of their own, with their weights and optimizer state."""
        part = TensorPopulation(
            self.runs[slots],
            [self.network.member(slot) for slot in range(*slots.indices(len(self.runs)))],
            train=self._train,
            validation=self._validation,
            prober=self._prober,
            device=self.device,
            dtype=self._dtype,
            class_weights=self._class_weights,
        )
        whole = self.tensors()
        for name, tensor in part.tensors().items():
            tensor.copy_(whole[name][slots])
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

    def keep(self, slots: Sequence[int]) -> None:
        """Lets every member go whose slot is not named."""
        chosen = torch.tensor(slots, dtype=torch.int64, device=self.device)
        self.runs = [self.runs[slot] for slot in slots]
        self.network.keep(chosen)
        self.optimizer.keep(chosen)
        self._seed_groups = SeedGroups.of(self.runs)

    def snapshot(self) -> dict[str, Tensor]:
        """Copies of all weights by their key."""
        return {key: p.value.clone() for key, p in self.network.parameters.items()}

    def restore(self, snapshot: Mapping[str, Tensor], slot: int) -> None:
        """Gives one member the weights of a snapshot."""
        for key, parameter in self.network.parameters.items():
            parameter.value[slot] = snapshot[key][slot]

    def _probes(self, prober: Prober | None, *, epoch: int, began: dict[str, Tensor] | None) -> list[Probe | None]:
        """What the doctor wants to know of every member; changes nothing that training depends on."""
        if prober is None:
            return [None] * len(self.runs)
        changes = Changes(epoch_began=began, last_step=self._before_last)
        self._before_last = None
        return prober.probe(
            self.network,
            loss=self._loss,
            penalties=self._penalties,
            members=len(self.runs),
            epoch=epoch,
            changes=changes,
        )

    def _train_epoch(self, number: int, *, keep_last: bool, pulse: Pulse | None) -> EpochFigures:
        found = epoch_orders(self._seed_groups, self._train.bytes, epoch=number)
        orders = torch.from_numpy(np.stack([each.places for each in found])).to(self.device)
        targets = self._train.targets(orders)
        size = min(self._batch, len(self._train))
        labels = self._train.labels_at(orders)
        log = ScoreLog(
            self._seed_groups, batch=size, targets=targets, labels=labels, loss=self._trained_by, top_k=self._top_k
        )
        augmented = [each.augmented for each in found]
        for step, images in enumerate(self._train.batches(orders, size=size, augmented=augmented)):
            if keep_last and step == self.steps - 1:
                self._before_last = self.snapshot()
            self._step(images, targets[:, :, step * size : (step + 1) * size], log, epoch=number, step=step)
            if pulse is not None:
                pulse.took(range(len(self.runs)), 1, log.so_far)
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
            self.network.backward(self._trained_by.gradient(scores, wanted), run)
        if self._penalties:
            self._penalties.add_gradients()
        log.end_step(images.shape[1], penalties)
        self.optimizer.step(epoch * self.steps + step)

    def _groups(self, members: slice) -> slice:
        """The groups of consecutive members, which are consecutive too."""
        group_of = self._seed_groups.group_of
        return slice(group_of[members.start], group_of[members.stop - 1] + 1)
