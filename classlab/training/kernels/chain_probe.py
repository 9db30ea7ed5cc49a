"""A population in the kernels as a probe's subject: a pass of few images, forward and back, whose values are kept."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from classlab.measures.network import Point, Sums
from classlab.measures.plan import GRADIENT_IMAGES
from classlab.models.weights import weight_specs
from classlab.training.kernels.chain_layers import Kind
from classlab.training.kernels.chain_look import Look, Viewer
from classlab.training.kernels.chain_member import Member
from classlab.training.kernels.chain_network import ChainNetwork
from classlab.training.kernels.images import KernelImages
from classlab.training.kernels.losses import losses
from classlab.training.loop.probe import function_of, is_measured, member_probes
from classlab.training.process.settings import quiet_products
from classlab.training.process.threads import on_threads, thread_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Split
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.training.kernels.chain_layers import Layer
    from classlab.training.kernels.structures import Kernels
    from classlab.training.loop.probe import Changes
    from classlab.training.loop.scaling import Scaling

    Floats = NDArray[np.float32]

_VALUES = 4_000_000  # that are looked at together, of all members: 16 MB


class ChainProber:
    """Measures populations of one network on the same images.

    Args:
        library: the kernels.
        split: the probe images, of which the first are those whose gradients are measured.
        architecture: the network.
        layers: the same as a chain.
        input_layer: preprocessing.
        classes: how many the data has.
        squared: whether the loss is the mean squared error.
    """

    def __init__(
        self,
        library: Kernels,
        split: Split,
        architecture: Architecture,
        layers: Sequence[Layer],
        *,
        input_layer: Scaling,
        classes: int,
        squared: bool,
    ) -> None:
        self._architecture, self._squared = architecture, squared
        self._specs = weight_specs(architecture)
        self._labels = split.labels
        self._present = np.bincount(split.labels, minlength=classes).tolist()
        self._network = ChainNetwork(
            architecture, layers, lanes=library.lanes, part=min(GRADIENT_IMAGES, len(split)), squared=squared
        )
        self._points = dict(_points(architecture, layers))
        images = KernelImages(library, split, input_layer=input_layer)
        self._viewer = Viewer(library, self._network, images, places=list(self._points))

    def probe(self, values: Mapping[str, Floats], *, epoch: int, changes: Changes) -> list[Probe | None]:
        """One probe per member; None for a member whose figures are not finite.

        Args:
            values: all members' weights by their key.
            epoch: epochs done.
            changes: earlier weights.
        """
        weights = [(spec, values[spec.key]) for spec in self._specs]
        count = len(weights[0][1])
        members = [Member(self._network) for _ in range(count)]
        for slot, member in enumerate(members):
            member.load({"value": values}, slot)
        sums = Sums(self._points, self._present, members=count, like=weights[0][1])
        gradients = np.empty((count, self._network.weights), np.float32)
        with quiet_products(), np.errstate(all="ignore"):  # a member that diverges has no probe, and says so elsewhere
            for looks in self._waves(members, gradients):
                on_threads(self._viewer.take, looks)
                for start, same in groupby(looks, key=lambda look: look.start):
                    self._note(sums, start, list(same))
            return member_probes(
                sums,
                self._architecture,
                weights,
                [_gathered(self._network, spec.key, gradients) for spec in self._specs],
                penalties=[member.penalty() for member in members],
                epoch=epoch,
                changes=changes,
            )

    def _waves(self, members: Sequence[Member], gradients: Floats) -> Iterator[list[Look]]:
        """Looks that are taken side by side: as many as fit into memory together, and one per thread at least."""
        part, images = self._network.part, len(self._labels)
        turns = [(start, slot) for start in range(0, images, part) for slot in range(len(members))]
        each = max(thread_count(), _VALUES // (part * self._network.values))
        for first in range(0, len(turns), each):
            yield [
                Look(
                    member=members[slot],
                    slot=slot,
                    start=start,
                    count=min(part, images - start),
                    gradient=None if start else gradients[slot],
                )
                for start, slot in turns[first : first + each]
            ]

    def _note(self, sums: Sums, start: int, looks: list[Look]) -> None:
        """Takes what consecutive members make of the same images."""
        slots = slice(looks[0].slot, looks[-1].slot + 1)
        labels = self._labels[start : start + looks[0].count]
        for place in self._points:
            sums.note(slots, place, np.stack([look.values[place] for look in looks]))
        scores = np.stack([look.scores for look in looks])
        sums.answer(slots, scores.argmax(-1), labels, losses(scores, labels, squared=self._squared))
        for look in looks:
            look.values.clear()  # hundreds of MB of large pictures, which the next looks would find beside their own


def _points(architecture: Architecture, layers: Sequence[Layer]) -> Iterator[tuple[int, Point]]:
    """Where each layer with a kernel is measured, by place in the chain; see `function_behind`."""
    for position in sorted({spec.layer for spec in weight_specs(architecture) if is_measured(spec)}):
        function, measured = function_of(architecture, position)
        place = max(
            place
            for place, layer in enumerate(layers)
            if layer.kind is not Kind.SOFTMAX and position <= layer.position <= measured
        )
        yield place, Point(position, function)


def _gathered(network: ChainNetwork, key: str, flat: Floats) -> Floats:
    """A weight's share of all members' gradients, in the engine's layout."""
    return np.stack([network.places[key].view(own) for own in flat])
