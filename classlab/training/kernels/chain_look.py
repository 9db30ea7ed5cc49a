"""What one member of a chain makes of some images without dropout: a pass whose values are kept."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from classlab.training.kernels.chain_steps import Rooms
from classlab.training.kernels.structures import address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.training.kernels.chain_member import Member
    from classlab.training.kernels.chain_network import ChainNetwork
    from classlab.training.kernels.images import KernelImages
    from classlab.training.kernels.structures import Kernels

    Floats = NDArray[np.float32]


@dataclass(kw_only=True, eq=False)
class Look:
    """One member's look at some images, and what it found.

    Args:
        member: the member.
        slot: its place among all.
        start: the first image.
        count: how many images, no more than a part.
        gradient: takes that of their mean loss, `(weights,)`; None where nobody wants it.

    Attributes:
        values: by place in the chain, `(count, units)` or `(count, rows, columns, filters)`.
        scores: `(count, classes)`.
    """

    member: Member
    slot: int
    start: int
    count: int
    gradient: Floats | None
    values: dict[int, Floats] = field(default_factory=dict, init=False)
    scores: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32), init=False)


class Viewer:
    """Lets members of one network look at images; several threads may at once.

    Args:
        library: the kernels.
        network: the members'.
        images: what is looked at.
        places: in the chain, whose values are kept.
    """

    def __init__(self, library: Kernels, network: ChainNetwork, images: KernelImages, *, places: Sequence[int]) -> None:
        self._library, self._network, self._images, self._places = library, network, images, places
        self._rooms = Rooms(library, network)

    def take(self, look: Look) -> None:
        """Takes a look."""
        network = ctypes.byref(self._network.structure)
        look.scores = np.empty((look.count, self._network.classes), np.float32)
        with self._rooms.taken() as room:
            member = look.member.working_in(room.prepared)
            self._library.chain_prepare(network, ctypes.byref(member), 0, 1)
            self._library.chain_look(
                network,
                ctypes.byref(self._images.structure),
                ctypes.byref(member),
                address(self._images.order[look.start :]),
                look.count,
                address(room.values),
                None if look.gradient is None else address(look.gradient),
                address(look.scores),
            )
            look.values = {place: self._behind(place, room.values, images=look.count) for place in self._places}

    def _behind(self, place: int, room: Floats, *, images: int) -> Floats:
        """A copy of the values behind a layer."""
        whole = self._network.layers[place].leaving
        shape = whole[2:] if whole[:2] == (1, 1) else whole
        first = self._network.outputs[place] * images
        return room[first : first + images * prod(shape)].reshape(images, *shape).copy()
