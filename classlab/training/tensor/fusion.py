"""Nodes of the graph that the kernels compute in one: what stands behind a convolution becomes one `Channelwise`.

A graph of single layers stays beside the fused one, for probes, which look at the values between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.records.architecture import IMAGES
from classlab.training.kernels.library import kernels
from classlab.training.tensor.graph import Node, behind_weights, readers
from classlab.training.tensor.layers.activations import InPlace
from classlab.training.tensor.layers.batch_normalization import BatchNormalization
from classlab.training.tensor.layers.channelwise import Channelwise
from classlab.training.tensor.layers.dropout import Dropout
from classlab.training.tensor.layers.joins import Add
from classlab.training.tensor.layers.pooling import MaxPooling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.training.kernels.structures import Kernels
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.layers.joins import Join

_KNOWN = (torch.float32, torch.bfloat16)
_WINDOW = (2, 2)
_IMAGE_AXES = 3
_MOST = 5  # each of the kinds once


def fused(
    nodes: Sequence[Node],
    shapes: Sequence[tuple[int, ...]],
    *,
    device: torch.device,
    dtype: torch.dtype,
    longest: int = _MOST,
) -> list[Node]:
    """The same graph with runs of normalization, shortcut, ReLU, pooling and dropout as one node each.

    Args:
        nodes: single layers; members are computed one by one.
        shapes: of one image's values behind each layer of the architecture.
        device: where values live.
        dtype: arithmetic of the convolutions.
        longest: how many nodes become one at most; with 1 each is computed by the kernels, but none disappears.
    """
    library = kernels() if device.type == "cpu" and dtype in _KNOWN else None
    if library is None:
        return list(nodes)
    read = readers(nodes)
    weighted = behind_weights(nodes)
    made: dict[int, tuple[Channelwise, tuple[int, ...]]] = {}  # by the node that it takes the place of
    inside: set[int] = set()
    for place in range(len(nodes)):
        source = nodes[place].inputs[0]
        if place in inside or not weighted.get(source) or len(shapes[nodes[source].layer.position]) != _IMAGE_AXES:
            continue
        run = _Run(nodes, read, place, taken=inside, longest=longest)
        if run.places:
            made[run.places[-1]] = run.node(library)
            inside.update(run.places)
    return _arranged(nodes, made, inside)


class _Run:
    """Neighboring nodes that become one, from a place on; none where there is nothing to be gained."""

    def __init__(
        self, nodes: Sequence[Node], read: Sequence[Sequence[int]], place: int, *, taken: set[int], longest: int
    ) -> None:
        self._nodes, self._read, self._taken, self._longest = nodes, read, taken, longest
        self._next: int | None = place
        self.places: list[int] = []
        self._inputs = [nodes[place].inputs[0]]
        self._normalization = self._take(lambda layer: isinstance(layer, BatchNormalization))
        joined = self._take(lambda layer: isinstance(layer, Add), most=2)
        if joined is not None:
            self._inputs = [*self._inputs, *self._others(joined)]
        self._relu = self._take(lambda layer: isinstance(layer, InPlace) and layer.name == "relu")
        self._pool = None if joined else self._take(_pools)
        worth = bool(self.places)
        self._dropout = self._take(lambda layer: isinstance(layer, Dropout)) if worth else None

    def node(self, library: Kernels) -> tuple[Channelwise, tuple[int, ...]]:
        """The one layer, and what enters it."""
        layer = Channelwise(
            library,
            normalization=self._normalization,  # type: ignore[arg-type]  # as it was asked for above
            relu=self._relu is not None,
            pool=self._pool is not None,
            dropout=self._dropout,  # type: ignore[arg-type]  # the same
        )
        layer.position = self._nodes[self.places[0]].layer.position
        return layer, tuple(self._inputs)

    def _take(self, fits: Callable[[Layer | Join], bool], *, most: int = 1) -> Layer | Join | None:
        """The next node's layer, where it fits; the one behind it is next, where it alone reads the values."""
        place = self._next
        if (
            place is None
            or place in self._taken
            or len(self.places) >= self._longest
            or not fits(self._nodes[place].layer)
            or len(self._nodes[place].inputs) > most
        ):
            return None
        self.places.append(place)
        behind = self._read[place]
        self._next = behind[0] if len(behind) == 1 else None
        return self._nodes[place].layer

    def _others(self, joined: Layer | Join) -> list[int]:
        """What enters a join beside the values that come from this run."""
        (place,) = (place for place in self.places if self._nodes[place].layer is joined)
        inputs = list(self._nodes[place].inputs)
        inputs.remove(self.places[-2] if len(self.places) > 1 else self._inputs[0])
        return inputs


def _pools(layer: Layer | Join) -> bool:
    return isinstance(layer, MaxPooling) and layer.window == layer.strides == _WINDOW


def _arranged(
    nodes: Sequence[Node], made: dict[int, tuple[Channelwise, tuple[int, ...]]], inside: set[int]
) -> list[Node]:
    found: list[Node] = []
    now = {IMAGES: IMAGES}
    for place, node in enumerate(nodes):
        if place in inside and place not in made:
            continue
        layer, inputs = made.get(place, node)
        before = now[inputs[0]]
        if isinstance(layer, InPlace) and before != IMAGES and isinstance(found[before].layer, Channelwise):
            layer.overwrites = False  # the values tell the way back where ReLU was 0
        found.append(Node(layer, tuple(now[source] for source in inputs)))
        now[place] = len(found) - 1
    return found
