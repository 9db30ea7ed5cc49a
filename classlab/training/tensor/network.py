"""The network of a population: layers in order, forward and backward for some or all members."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from classlab.models.weights import multiply_adds, output_shapes, weight_specs
from classlab.records.layers import Flatten
from classlab.training.tensor.device import weight_dtype
from classlab.training.tensor.fusion import fused
from classlab.training.tensor.graph import Graph
from classlab.training.tensor.layers.activations import Softmax
from classlab.training.tensor.layers.build import build_nodes
from classlab.training.tensor.layers.compiled_convolution import with_compiled_convolutions
from classlab.training.tensor.layers.convolution import Conv2D
from classlab.training.tensor.layers.depthwise import DepthwiseConv2D
from classlab.training.tensor.parameters import Parameter
from classlab.training.tensor.passes import Pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch
    from torch import Tensor

    from classlab.records.architecture import Architecture
    from classlab.records.run import Loss
    from classlab.training.backend import Weights
    from classlab.training.loop.randomness import SeedGroups
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.layers.joins import Join
    from classlab.training.tensor.passes import Shared


class Network:
    """An architecture with the weights of all members.

    A softmax at the end is left to a cross-entropy that asks for probabilities: the two together are computed from
    the raw scores, which stays exact where probabilities would round to 0 or 1 (Keras on TensorFlow does the same).

    Args:
        architecture: the layers.
        weights: each member's weights.
        loss: decides whether a closing softmax belongs to it.
        device: where values live.
        dtype: arithmetic of the convolutions, see `pick_dtype`.

    Attributes:
        layers: one for each function that is computed, as probes see them.
        widest: most values that one image has between two layers.
        multiplications: products of weights and values that one image takes forward.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: Sequence[Weights],
        *,
        loss: Loss,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.parameters = {
            spec.key: Parameter(spec, [w[spec.key] for w in weights], device=device, dtype=weight_dtype(dtype))
            for spec in weight_specs(architecture)
        }
        shapes = output_shapes(architecture)
        outputs = zip(architecture.layers, shapes, strict=True)
        self.widest = max((prod(shape) for layer, shape in outputs if not isinstance(layer, Flatten)), default=1)
        self.multiplications = multiply_adds(architecture)
        nodes = build_nodes(architecture, self.parameters, device=device, dtype=dtype)
        self.softmax_in_loss = (
            isinstance(nodes[-1].layer, Softmax) and not loss.from_logits and loss.name != "mean_squared_error"
        )
        if self.softmax_in_loss:
            nodes = nodes[:-1]
        self.layers = [node.layer for node in nodes]
        self._one_by_one = device.type == "cpu" and any(
            isinstance(layer, Conv2D | DepthwiseConv2D) for layer in self.layers
        )
        self._plain = self._fast = Graph(nodes)
        if self._one_by_one:
            self._plain = Graph(fused(nodes, shapes, device=device, dtype=dtype, longest=1))
            nodes = with_compiled_convolutions(nodes, device=device, dtype=dtype)
            self._fast = Graph(fused(nodes, shapes, device=device, dtype=dtype))

    @property
    def fast_layers(self) -> list[Layer | Join]:
        """What training and evaluation compute with, where several layers may be one."""
        return [node.layer for node in self._fast.nodes]

    def passes(
        self, seed_groups: SeedGroups, *, training: bool, epoch: int = 0, step: int = 0, probing: bool = False
    ) -> Iterator[Pass]:
        """The trips of one step: all members together, or one after the other where convolutions run on a processor.

        Convolutions keep all cores busy with a single member, whose values then stay in the cache.
        """
        if self._one_by_one:
            for member in range(len(seed_groups.seeds)):
                yield Pass(seed_groups.single(member), slice(member, member + 1), training, epoch, step, probing)
        else:
            yield Pass(seed_groups, slice(0, len(seed_groups.seeds)), training, epoch, step, probing)

    def forward(self, images: Shared, run: Pass) -> Tensor:
        """Scores `(members, batch, classes)` of the pass's members.

        Args:
            images: `(groups, batch, height, width, channels)`, scaled.
            run: the pass.
        """
        return self._graph(run).forward(images, run)

    def forward_noting(self, images: Shared, run: Pass, note: Callable[[int, Tensor], None]) -> Tensor:
        """The same as `forward` of a probing pass; every layer's values are shown on the way.

        Args:
            images: `(groups, batch, height, width, channels)`, scaled.
            run: the pass.
            note: called with a position in `layers` and the values behind it, from the first layer with weights on;
                they may be overwritten afterwards.
        """
        return self._graph(run).forward(images, run, note)

    def backward(self, gradient: Tensor, run: Pass) -> None:
        """Writes every weight's gradient, given that of the scores `(members, batch, classes)`."""
        self._graph(run).backward(gradient, run)

    def _graph(self, run: Pass) -> Graph:
        """Probes look at the values between layers that are computed in one otherwise."""
        return self._plain if run.probing else self._fast

    def member(self, index: int) -> Weights:
        """One member's weights, copied to the host in Keras's shapes."""
        return {key: parameter.member(index) for key, parameter in self.parameters.items()}

    def keep(self, members: Tensor) -> None:
        """Drops every member not among `members`, an int64 tensor `(kept,)`."""
        for parameter in self.parameters.values():
            parameter.keep(members)

    @property
    def trainable(self) -> list[Parameter]:
        """The parameters that the optimizer moves."""
        return [p for p in self.parameters.values() if p.spec.trainable]
