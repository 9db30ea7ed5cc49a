"""One member whose network is a chain: its weights and optimizer state, flat, as the kernels want them."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from classlab.training.kernels.rules import settings_of
from classlab.training.kernels.structures import ChainFigures, ChainMember, Settings, Weight, address
from classlab.training.loop.update_rules import limits_of, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.run import RunSpec
    from classlab.training.kernels.chain_network import ChainNetwork
    from classlab.training.kernels.fused_members import Arrays

# The slots of a rule by their place in `struct weight`; Adagrad's sum lies where others have a mean of squares.
_ROOMS = {"velocity": "velocity", "accumulator": "velocity", "momentum": "momentum", "average": "average"}


class Member:
    """One member's weights and state, flat.

    Args:
        network: the member's.
        run: its specification; None for one that is only evaluated.
    """

    def __init__(self, network: ChainNetwork, run: RunSpec | None = None) -> None:
        self.run = run
        self._places = network.places
        self._names = {} if run is None else {name: _ROOMS[name] for name in slots_of(run.optimizer)}
        rooms = ("value", *self._names.values())
        self._rooms = {name: np.zeros(network.weights, np.float32) for name in rooms}
        (rule,) = [Settings()] if run is None else settings_of([run])
        limits = (None, None, None) if run is None else limits_of(run.optimizer)
        value, norm, together = (inf if limit is None else limit for limit in limits)
        self.structure = ChainMember(
            weights=Weight(**{name: address(room) for name, room in self._rooms.items()}),
            rule=rule,
            value_limit=value,
            norm_limit=norm,
            global_limit=together,
        )
        # Penalties and norms look at all weights, so that one thread ends such a member's steps.
        self.whole = bool(network.penalized) or any(limit is not None for limit in limits)
        self.sums, self.bad = ChainFigures(), np.full(1, -1, np.int64)

    def load(self, arrays: Arrays, slot: int) -> None:
        """Takes weights and optimizer state from where the population has them."""
        self.sums, self.bad[:] = ChainFigures(), -1
        for name, room in (("value", "value"), *self._names.items()):
            for key, values in arrays[name].items():
                self._places[key].view(self._rooms[room])[...] = values[slot]

    def store(self, arrays: Arrays, slot: int) -> None:
        """Gives back what `load` took, as training has changed it."""
        for name, room in (("value", "value"), *self._names.items()):
            for key, values in arrays[name].items():
                values[slot] = self._places[key].view(self._rooms[room])

    def working_in(self, prepared: NDArray[np.float32]) -> ChainMember:
        """The member's structure with a place for what is made of its kernels; several threads may each have one."""
        found = ChainMember.from_buffer_copy(self.structure)
        found.prepared = address(prepared)
        return found

    def penalty(self) -> float:
        """What regularizers add to the loss."""
        found = 0.0
        for place in self._places.values():
            if (rule := place.spec.regularizer) is not None:
                values = place.view(self._rooms["value"]).astype(np.float64)
                found += rule.l1 * float(np.abs(values).sum()) + rule.l2 * float(np.square(values).sum())
        return found
