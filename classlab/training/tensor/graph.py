"""A population's network as a graph of layers: which values enter each of them, forward and backward."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classlab.records.architecture import IMAGES
from classlab.training.tensor.layers.base import FirstLayer, Layer
from classlab.training.tensor.layers.joins import Join
from classlab.training.tensor.passes import Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from torch import Tensor

    from classlab.training.tensor.passes import Pass


class Node(NamedTuple):
    """A layer in its place.

    Args:
        layer: computes it.
        inputs: the nodes whose values enter, each before this one; `IMAGES` for the images.
    """

    layer: Layer | Join
    inputs: tuple[int, ...]


def readers(nodes: Sequence[Node]) -> list[list[int]]:
    """For each node those that its values enter."""
    found: list[list[int]] = [[] for _ in nodes]
    for place, node in enumerate(nodes):
        for source in node.inputs:
            if source != IMAGES:
                found[source].append(place)
    return found


def behind_weights(nodes: Sequence[Node]) -> dict[int, bool]:
    """Whether a node's values differ between members of one seed, and a gradient is wanted of them."""
    found = {IMAGES: False}
    for place, node in enumerate(nodes):
        found[place] = bool(node.layer.parameters) or any(found[source] for source in node.inputs)
    return found


class Graph:
    """Nodes in an order in which each can be computed; the last one gives the scores.

    As long as no layer with weights has been passed, members of one seed share their values: such nodes are computed
    once for all of them, and no gradient goes there.

    Args:
        nodes: at least one.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        weighted = behind_weights(self.nodes)
        self._shared = [not weighted[place] for place in range(len(self.nodes))]
        self._wanted = [tuple(weighted[source] for source in node.inputs) for node in self.nodes]
        last = {source: place for place, node in enumerate(self.nodes) for source in node.inputs}
        self._dtypes: list[torch.dtype | None] = [None] * len(self.nodes)  # of the latest values
        self._done = [[source for source in node.inputs if last[source] == place] for place, node in enumerate(nodes)]

    def forward(self, images: Shared, run: Pass, note: Callable[[int, Tensor], None] | None = None) -> Tensor:
        """The last node's values, `(members, batch, classes)`.

        Args:
            images: `(groups, batch, height, width, channels)`, scaled.
            run: the pass.
            note: called with the place of each node behind weights, and its values, which may be overwritten later.
        """
        values: dict[int, Tensor | Shared] = {IMAGES: images}
        for place, (layer, inputs) in enumerate(self.nodes):
            entering = [values[source] for source in inputs]
            for source in self._done[place]:
                values.pop(source, None)
            if self._shared[place]:
                found = _computed(layer, [_own(value) for value in entering], run)
                values[place] = Shared(found, images.seed_groups)
                continue
            if isinstance(layer, FirstLayer):
                found = layer.forward(entering[0], run)
            else:
                found = _computed(layer, [_per_member(value) for value in entering], run)
            values[place] = found
            self._dtypes[place] = found.dtype
            if note is not None:
                note(place, found)
        return _per_member(values[len(self.nodes) - 1])

    def backward(self, gradient: Tensor, run: Pass) -> None:
        """Writes every weight's gradient, given that of the last node's values."""
        gradients: dict[int, Tensor] = {len(self.nodes) - 1: gradient}
        for place in range(len(self.nodes) - 1, -1, -1):
            own = gradients.pop(place, None)
            if own is None or self._shared[place]:
                continue
            own = own.to(self._dtypes[place])  # layers that meet may compute in different ones
            (layer, inputs), wanted = self.nodes[place], self._wanted[place]
            if isinstance(layer, Join):
                found: Sequence[Tensor | None] = layer.backward(own, run)
            else:
                found = [layer.backward(own, run, wanted=wanted[0])]
            for source, part, needed in zip(inputs, found, wanted, strict=True):
                if needed and part is not None:
                    gradients[source] = gradients[source] + part if source in gradients else part


def _computed(layer: Layer | Join, values: list[Tensor], run: Pass) -> Tensor:
    return layer.forward(values, run) if isinstance(layer, Join) else layer.forward(values[0], run)


def _own(value: Tensor | Shared) -> Tensor:
    return value.values if isinstance(value, Shared) else value


def _per_member(value: Tensor | Shared) -> Tensor:
    return value.per_member() if isinstance(value, Shared) else value
