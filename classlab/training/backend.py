"""What a training asks of whatever computes it: on PyTorch, or in the compiled kernels without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.records.diagnostics import Diagnostics, Probe
    from classlab.training.loop.epoch_result import EpochResult
    from classlab.training.loop.member import Member
    from classlab.training.loop.outcome import Weights


class Population(Protocol):
    """Members in training, in the order of their seats, and everything that one epoch of them needs."""

    members: list[Member]
    steps: int

    def epoch(self, number: int, *, probed: bool) -> list[EpochResult]:
        """Trains one epoch and evaluates.

        Args:
            number: epochs done before this one.
            probed: whether to measure for the doctor afterwards.

        Returns:
            One result per member.
        """

    def first_probes(self) -> Sequence[Probe | None]:
        """Measures every member for the doctor before the first step."""

    def member_weights(self, seat: int) -> Weights:
        """Copies of one member's weights in Keras's shapes."""

    def snapshot(self) -> Mapping[str, Any]:
        """Copies of all weights by their key."""

    def restore(self, snapshot: Mapping[str, Any], seat: int) -> None:
        """Gives one member the weights of a snapshot."""

    def keep(self, seats: Sequence[int]) -> None:
        """Lets every member go whose seat is not named."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that the next epoch depends on, each with the member axis first; every engine names it alike."""

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Takes over what `state` gave, in this engine or another."""

    def close(self) -> None:
        """Ends what runs beside this process; called at the end of a training, however it ends."""


class Engine(Protocol):
    """Images and a network, ready for members."""

    diagnoses: bool
    """Whether the doctor's measurements are wanted."""

    def seat(self, members: Sequence[Member], weights: Sequence[Weights]) -> Population:
        """A population of these members with these weights; equal seeds adjacent."""

    def notes(self) -> Diagnostics:
        """What holds for every member before the first step."""
