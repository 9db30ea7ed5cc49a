"""A population whose epochs the kernels take, without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.training.kernels.images import KernelImages
from classlab.training.kernels.state import DenseState
from classlab.training.kernels.thread_groups import Crew
from classlab.training.loop.epoch_result import epoch_results
from classlab.training.loop.probe import Changes
from classlab.training.loop.randomness import SeedGroups, orders_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ctypes import CDLL

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.diagnostics import Probe
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training.kernels.probe import DenseProber
    from classlab.training.kernels.recognition import DenseLayer
    from classlab.training.loop.epoch_result import EpochFigures, EpochResult
    from classlab.training.loop.member import Member
    from classlab.training.loop.outcome import Weights

    Snapshot = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseBench:
    """What all members of a dense population have in common.

    Args:
        library: the kernels.
        layers: the network.
        division: the images.
        input_layer: preprocessing.
        prober: measures for the doctor; None where nobody wants to know.
    """

    library: CDLL
    layers: Sequence[DenseLayer]
    division: Division
    input_layer: Rescaling | Normalization
    prober: DenseProber | None


class DensePopulation:
    """See `Population`.

    Args:
        members: runs that share data, architecture, loss and batch size; equal seeds adjacent.
        weights: each member's weights.
        bench: what they share.
    """

    def __init__(self, members: Sequence[Member], weights: Sequence[Weights], bench: DenseBench) -> None:
        self.members = list(members)
        self._bench = bench
        self._images = len(bench.division.train)
        self._batch = min(members[0].spec.batch_size, self._images)
        self.steps = -(-self._images // self._batch)
        self._state = DenseState(weights, [member.spec.optimizer for member in members])
        self._seat()
        self._train, self._validation = self._taken(bench.division.train), self._taken(bench.division.validation)

    def epoch(self, number: int, *, probed: bool) -> list[EpochResult]:
        """Trains one epoch and evaluates."""
        began = self.snapshot() if probed else None
        training, last = self._train_epoch(number, keep_last=probed)
        validation, _ = self._crew.look(self._validation)
        probes = self._probes(number + 1, Changes(epoch_began=began, last_step=last)) if probed else self._unprobed()
        return epoch_results(self.members, training, validation, probes, number=number, steps=self.steps)

    def first_probes(self) -> Sequence[Probe | None]:
        """Measures every member for the doctor before the first step."""
        return self._probes(0, Changes())

    def member_weights(self, seat: int) -> Weights:
        """Copies of one member's weights in Keras's shapes."""
        return self._state.member(seat)

    def snapshot(self) -> Snapshot:
        """Copies of all weights by their key."""
        return self._state.snapshot()

    def restore(self, snapshot: Snapshot, seat: int) -> None:
        """Gives one member the weights of a snapshot."""
        self._state.restore(snapshot, seat)

    def keep(self, seats: Sequence[int]) -> None:
        """Lets every member go whose seat is not named."""
        self.members = [self.members[seat] for seat in seats]
        self._state.keep(seats)
        self._seat()

    def state(self) -> dict[str, NDArray[np.float32]]:
        """Everything that the next epoch depends on, each with the member axis first."""
        return self._state.named()

    def load_state(self, state: Snapshot) -> None:
        """Takes over what `state` gave."""
        for name, values in self._state.named().items():
            values[:] = state[name]

    def close(self) -> None:
        """There is nothing beside this process."""

    def _seat(self) -> None:
        runs = [member.spec for member in self.members]
        self._seed_groups = SeedGroups(tuple(run.seed for run in runs))
        self._crew = Crew(self._bench.library, self._bench.layers, self._seed_groups, runs)

    def _taken(self, split: Split) -> KernelImages:
        bench = self._bench
        return KernelImages(bench.library, split, input_layer=bench.input_layer, vectors=self._crew.vectors)

    def _train_epoch(self, number: int, *, keep_last: bool) -> tuple[EpochFigures, Snapshot | None]:
        """The epoch's figures and, where wanted, the weights before its last step.

        Weights and optimizer state are the crew's for the length of an epoch: so whatever else happens between epochs
        (checkpoints, members that go or are restored) knows nothing of the kernels' layout.
        """
        orders = orders_of(self._seed_groups.group_seeds, number, self._images)
        arrays, before = self._state.arrays, None
        self._crew.load(arrays)
        done = 0
        if keep_last:
            done = self.steps - 1
            self._crew.train(self._train, orders, batch=self._batch, epoch=number, steps=range(done))
            self._crew.store(arrays)
            before = self.snapshot()
        self._crew.train(self._train, orders, batch=self._batch, epoch=number, steps=range(done, self.steps))
        self._crew.store(arrays)
        return self._crew.trained(self._images), before

    def _probes(self, epoch: int, changes: Changes) -> Sequence[Probe | None]:
        prober = self._bench.prober
        return self._unprobed() if prober is None else prober.probe(self._state.values, epoch=epoch, changes=changes)

    def _unprobed(self) -> Sequence[Probe | None]:
        return [None] * len(self.members)
