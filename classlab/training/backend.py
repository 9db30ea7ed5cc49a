"""The interface between the training loop and a compute backend: what is asked for, what is done, what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from classlab.records.run import Figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.options.words import DeviceName
    from classlab.records.architecture import Architecture, KerasArchitecture
    from classlab.records.diagnostics import Diagnostics, Probe
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.progress import Observer
    from classlab.records.run import Loss, RunSpec
    from classlab.training.process.pulse import Pulse

Weights = dict[str, "NDArray[np.float32]"]
"""Arrays by `WeightSpec.key`, in Keras's shapes; those of a Keras model by their position in `get_weights()`."""


Validated = Callable[["Sequence[Weights]"], "list[Measurement]"]
"""What members with these weights make of the validation images, probabilities included."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingRequest:
    """Runs to be trained together, under the names that `train_population` has for its arguments."""

    specs: Sequence[RunSpec]
    division: Division
    input_layer: Rescaling | Normalization
    initial_weights: Sequence[Weights | None] | None
    checkpoint: Path | None
    resume: bool
    observer: Observer | None
    diagnostics: bool
    device: DeviceName
    validated: Validated | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasureRequest:
    """Trained members of one network, and the images to measure them on, under the names of `measure`'s arguments.

    `made` holds what a backend made of the members, by position, for the next request of the same ones.
    """

    architecture: Architecture | KerasArchitecture
    weights: Sequence[Weights]
    split: Split
    input_layer: Rescaling | Normalization
    loss: Loss
    top_k: int | None
    probabilities: bool
    device: DeviceName
    made: dict[int, Any] = field(default_factory=dict)


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


@dataclass(frozen=True, kw_only=True)
class EpochResult:
    """What one epoch made of a population's members, in the order of their slots.

    Args:
        training: running averages over the epoch.
        validation: figures at its end.
        probes: what was measured for the doctor after the epoch; None for a member of which nothing was.
    """

    training: EpochFigures
    validation: EpochFigures
    probes: Sequence[Probe | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """What one trained member makes of a split.

    Args:
        figures: loss and accuracies.
        probabilities: float32, `(images, classes)`, as `predict` gives them; None where they were not asked for.
    """

    figures: Figures
    probabilities: NDArray[np.float32] | None


def measurements(found: EpochFigures, probabilities: NDArray[np.float32] | None, *, images: int) -> list[Measurement]:
    """One measurement per member.

    Args:
        found: all members' figures.
        probabilities: all members', `(members, images, classes)`; None where they were not asked for.
        images: how many images the split has.
    """
    return [
        Measurement(
            figures=Figures(
                images=images,
                loss=loss,
                accuracy=found.accuracy[member],
                top_k_accuracy=None if found.top_k is None else found.top_k[member],
            ),
            probabilities=None if probabilities is None else probabilities[member],
        )
        for member, loss in enumerate(found.loss)
    ]


class Population(Protocol):
    """Members in training, each in a slot, and everything that one epoch of them needs."""

    @property
    def steps(self) -> int:
        """Steps in an epoch."""

    def epoch(self, number: int, *, probed: bool, pulse: Pulse | None = None) -> EpochResult:
        """Trains one epoch and evaluates.

        Args:
            number: epochs done before this one.
            probed: whether to measure for the doctor afterwards.
            pulse: counts the steps, where somebody wants to know.
        """

    def first_probes(self) -> Sequence[Probe | None]:
        """Measures every member for the doctor before the first step."""

    def member_weights(self, slot: int) -> Weights:
        """Copies of one member's weights in Keras's shapes."""

    def snapshot(self) -> Mapping[str, Any]:
        """Copies of all weights by their key."""

    def restore(self, snapshot: Mapping[str, Any], slot: int) -> None:
        """Gives one member the weights of a snapshot."""

    def keep(self, slots: Sequence[int]) -> None:
        """Lets every member go whose slot is not named."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that the next epoch depends on; kernels and PyTorch name it alike, the member axis first."""

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Takes over what `state` gave, here or in another backend."""

    def close(self) -> None:
        """Ends what runs beside this process; called at the end of a training, however it ends."""


class Backend(Protocol):
    """Images and a network, ready for members: in the kernels, on PyTorch, or through Keras."""

    @property
    def in_step(self) -> bool:
        """Whether all members train in one population; otherwise each has one of its own, one after the other."""

    def computing(self) -> AbstractContextManager[Any]:
        """What the process is set to while this backend computes."""

    def first_weights(self, given: Weights | None, *, seed: int) -> Weights:
        """What a run starts from.

        Args:
            given: weights that were given; None draws them.
            seed: the run's.

        Raises:
            SpecError: the weights do not fit the network.
        """

    def populate(self, runs: Sequence[RunSpec], weights: Sequence[Weights]) -> Population:
        """A population of these runs with these weights; equal seeds adjacent."""

    def notes(self) -> Diagnostics:
        """What holds for every member before the first step; asked once a population is there, if there is one."""
