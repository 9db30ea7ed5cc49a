"""Weights and optimizer state of all members of a dense population."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.training.kernels.rules import slots_of
from classlab.training.loop.weight_layout import stacked, to_keras

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.records.optimizers import Optimizer
    from classlab.training.kernels.fused_members import Arrays
    from classlab.training.loop.outcome import Weights


class DenseState:
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
        """What a team takes over."""
        return {"value": self.values, **self._slots}

    def named(self) -> dict[str, NDArray[np.float32]]:
        """The same under the names that a checkpoint has for them."""
        found = {f"value/{key}": values for key, values in self.values.items()}
        for slot, arrays in self._slots.items():
            found |= {f"slot/{slot}/{key}": values for key, values in arrays.items()}
        return found

    def member(self, seat: int) -> Weights:
        """Copies of one member's weights in Keras's shapes."""
        return {key: to_keras(values[seat]) for key, values in self.values.items()}

    def snapshot(self) -> dict[str, NDArray[np.float32]]:
        """Copies of all weights by their key."""
        return {key: values.copy() for key, values in self.values.items()}

    def restore(self, snapshot: Mapping[str, NDArray[np.float32]], seat: int) -> None:
        """Gives one member the weights of a snapshot."""
        for key, values in self.values.items():
            values[seat] = snapshot[key][seat]

    def keep(self, seats: Sequence[int]) -> None:
        """Lets every member go whose seat is not named."""
        chosen = list(seats)
        self.values = {key: values[chosen] for key, values in self.values.items()}
        self._slots = {
            name: {key: values[chosen] for key, values in arrays.items()} for name, arrays in self._slots.items()
        }


def _begin(numbers: Sequence[float], like: NDArray[np.float32]) -> NDArray[np.float32]:
    column = np.array(numbers, np.float32).reshape(-1, *(1,) * (like.ndim - 1))
    return np.zeros_like(like) + column
