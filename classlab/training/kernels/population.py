"""A population whose weights and optimizer state live in NumPy and whose epochs the kernels take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from classlab.training.backend import EpochResult
from classlab.training.kernels.augmented import epoch_orders
from classlab.training.kernels.course import Course
from classlab.training.kernels.images import KernelImages
from classlab.training.loop.probe import Changes
from classlab.training.loop.randomness import SeedGroups
from classlab.training.loop.update_rules import slots_of
from classlab.training.loop.weight_layout import stacked, to_keras

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.diagnostics import Probe
    from classlab.records.optimizers import Optimizer
    from classlab.records.run import RunSpec
    from classlab.training.backend import EpochFigures, Weights
    from classlab.training.kernels.fused_members import Arrays
    from classlab.training.kernels.structures import Kernels
    from classlab.training.loop.scaling import Scaling
    from classlab.training.process.pulse import Pulse

    Snapshot = Mapping[str, NDArray[np.float32]]


class Groups(Protocol):
    """The members as the kernels train them: dense ones fused, those of chains one by one."""

    @property
    def vectors(self) -> int:
        """Most vectors that a chunk of a first layer has which takes a list of pixels; 0 where none does."""

    def load(self, arrays: Arrays) -> None:
        """Takes all members' weights and optimizer state, which stay here until the next time."""

    def store(self, arrays: Arrays) -> None:
        """Gives them back."""

    def train(self, course: Course) -> None:
        """Takes steps of an epoch."""

    def trained(self, images: int) -> EpochFigures:
        """Figures of the steps since the weights were loaded, over so many images."""

    def evaluate(
        self, images: KernelImages, *, scores: bool = False
    ) -> tuple[EpochFigures, NDArray[np.float32] | None]:
        """Every member's figures on the same images.

        Args:
            images: what is evaluated.
            scores: whether the scores are wanted as well, `(members, images, classes)`.
        """


class Prober(Protocol):
    """What measures members for the doctor."""

    def probe(
        self, values: Mapping[str, NDArray[np.float32]], *, epoch: int, changes: Changes
    ) -> Sequence[Probe | None]:
        """One probe per member.

        Args:
            values: all members' weights by their key.
            epoch: epochs done.
            changes: earlier weights.
        """


@dataclass(frozen=True, kw_only=True, eq=False)
class KernelProblem:
    """Network and images that all members of a population have in common.

    Args:
        library: the kernels.
        group: makes members of who shares a seed and of their specifications, of which there are none for members
            that are only evaluated.
        division: the images.
        input_layer: preprocessing.
        prober: measures for the doctor; None where nobody wants to know.
        class_weights: what a training image's loss is multiplied by, `(classes,)`; None for 1.
    """

    library: Kernels
    group: Callable[[SeedGroups, Sequence[RunSpec]], Groups]
    division: Division
    input_layer: Scaling
    prober: Prober | None
    class_weights: NDArray[np.float32] | None = None


class KernelState:
    """Arrays with the member axis first, in the engine's layout.

    Args:
        weights: each member's weights.
        rules: each member's update rule; none for members that are only evaluated.
    """

    def __init__(self, weights: Sequence[Weights], rules: Sequence[Optimizer] = ()) -> None:
        self.values = {key: stacked([each[key] for each in weights]) for key in weights[0]}
        # A slot holds rows for all members, also those whose rule has no use for it: rows stay aligned with weights.
        starts = [slots_of(rule) for rule in rules]
        names = sorted({name for start in starts for name in start})
        self._slots = {
            name: {key: _begin([start.get(name, 0.0) for start in starts], like) for key, like in self.values.items()}
            for name in names
        }

    @property
    def arrays(self) -> Arrays:
        """What fused members take over."""
        return {"value": self.values, **self._slots}

    def named(self) -> dict[str, NDArray[np.float32]]:
        """The same under the names that a checkpoint has for them."""
        found = {f"value/{key}": values for key, values in self.values.items()}
        for slot, arrays in self._slots.items():
            found |= {f"slot/{slot}/{key}": values for key, values in arrays.items()}
        return found

    def member(self, slot: int) -> Weights:
        """Copies of one member's weights in Keras's shapes."""
        return {key: to_keras(values[slot]) for key, values in self.values.items()}

    def snapshot(self) -> dict[str, NDArray[np.float32]]:
        """Copies of all weights by their key."""
        return {key: values.copy() for key, values in self.values.items()}

    def restore(self, snapshot: Mapping[str, NDArray[np.float32]], slot: int) -> None:
        """Gives one member the weights of a snapshot."""
        for key, values in self.values.items():
            values[slot] = snapshot[key][slot]

    def keep(self, slots: Sequence[int]) -> None:
        """Lets every member go whose slot is not named."""
        chosen = list(slots)
        self.values = {key: values[chosen] for key, values in self.values.items()}
        self._slots = {
            name: {key: values[chosen] for key, values in arrays.items()} for name, arrays in self._slots.items()
        }


class KernelPopulation:
    """See `Population`.

    Args:
        runs: specifications that share data, architecture, loss and batch size; equal seeds adjacent.
        weights: each member's weights.
        problem: what they share.
    """

    def __init__(self, runs: Sequence[RunSpec], weights: Sequence[Weights], problem: KernelProblem) -> None:
        self.runs = list(runs)
        self._problem = problem
        self._images = len(problem.division.train)
        self._batch = min(runs[0].batch_size, self._images)
        self.steps = -(-self._images // self._batch)
        self._state = KernelState(weights, [run.optimizer for run in runs])
        self._group()
        self._train = self._taken(problem.division.train, class_weights=problem.class_weights)
        self._validation = self._taken(problem.division.validation)

    def epoch(self, number: int, *, probed: bool, pulse: Pulse | None = None) -> EpochResult:
        """Trains one epoch and evaluates."""
        began = self.snapshot() if probed else None
        training, last = self._train_epoch(number, keep_last=probed, pulse=pulse)
        validation, _ = self._groups.evaluate(self._validation)
        probes = self._probes(number + 1, Changes(epoch_began=began, last_step=last)) if probed else self._unprobed()
        return EpochResult(training=training, validation=validation, probes=probes)

    def first_probes(self) -> Sequence[Probe | None]:
        """Measures every member for the doctor before the first step."""
        return self._probes(0, Changes())

    def member_weights(self, slot: int) -> Weights:
        """Copies of one member's weights in Keras's shapes."""
        return self._state.member(slot)

    def snapshot(self) -> Snapshot:
        """Copies of all weights by their key."""
        return self._state.snapshot()

    def restore(self, snapshot: Snapshot, slot: int) -> None:
        """Gives one member the weights of a snapshot."""
        self._state.restore(snapshot, slot)

    def keep(self, slots: Sequence[int]) -> None:
        """Lets every member go whose slot is not named."""
        self.runs = [self.runs[slot] for slot in slots]
        self._state.keep(slots)
        self._group()

    def state(self) -> dict[str, NDArray[np.float32]]:
        """Everything that the next epoch depends on, each with the member axis first."""
        return self._state.named()

    def load_state(self, state: Snapshot) -> None:
        """Takes over what `state` gave."""
        for name, values in self._state.named().items():
            values[:] = state[name]

    def close(self) -> None:
        """There is nothing beside this process."""

    def _group(self) -> None:
        self._seed_groups = SeedGroups.of(self.runs)
        self._groups = self._problem.group(self._seed_groups, self.runs)

    def _taken(self, split: Split, *, class_weights: NDArray[np.float32] | None = None) -> KernelImages:
        problem, vectors = self._problem, self._groups.vectors
        return KernelImages(
            problem.library, split, input_layer=problem.input_layer, vectors=vectors, class_weights=class_weights
        )

    def _train_epoch(
        self, number: int, *, keep_last: bool, pulse: Pulse | None
    ) -> tuple[EpochFigures, Snapshot | None]:
        """The epoch's figures and, where wanted, the weights before its last step.

        Weights and optimizer state are the thread groups' for the length of an epoch: so whatever else happens between
        epochs (checkpoints, members that go or are restored) knows nothing of the kernels' layout.
        """
        orders = epoch_orders(self._seed_groups, self._problem.division.train.images, epoch=number)
        arrays, before = self._state.arrays, None

        course = Course(
            images=self._train, orders=orders, batch=self._batch, epoch=number, steps=range(self.steps), pulse=pulse
        )
        self._groups.load(arrays)
        done = 0
        if keep_last:
            done = self.steps - 1
            self._groups.train(replace(course, steps=range(done)))
            self._groups.store(arrays)
            before = self.snapshot()
        self._groups.train(replace(course, steps=range(done, self.steps)))
        self._groups.store(arrays)
        return self._groups.trained(self._images), before

    def _probes(self, epoch: int, changes: Changes) -> Sequence[Probe | None]:
        prober = self._problem.prober
        return self._unprobed() if prober is None else prober.probe(self._state.values, epoch=epoch, changes=changes)

    def _unprobed(self) -> Sequence[Probe | None]:
        return [None] * len(self.runs)


def _begin(numbers: Sequence[float], like: NDArray[np.float32]) -> NDArray[np.float32]:
    column = np.array(numbers, np.float32).reshape(-1, *(1,) * (like.ndim - 1))
    return np.zeros_like(like) + column
