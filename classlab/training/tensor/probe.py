"""A population on PyTorch as a probe's subject."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from classlab.measures.network import Point, Sums
from classlab.measures.plan import GRADIENT_IMAGES
from classlab.training.loop.probe import function_of, is_measured, member_probes
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.activations import Softmax
from classlab.training.tensor.passes import Shared

if TYPE_CHECKING:
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.training.loop.probe import Changes
    from classlab.training.tensor.losses import Loss
    from classlab.training.tensor.network import Network
    from classlab.training.tensor.parameters import Penalties
    from classlab.training.tensor.passes import Pass
    from classlab.training.tensor.resident import ResidentImages

_VALUES = 4_000_000  # values between two layers that are measured together, as in an evaluation
_FEWEST = 64
_KEPT = 8_000_000  # values of scaled images that are kept from probe to probe: 32 MB


class Prober:
    """Measures populations of one network on the same images.

    Args:
        images: the probe images on the device; gradients are measured on the first `GRADIENT_IMAGES` of them.
        architecture: the layers.
    """

    def __init__(self, images: ResidentImages, architecture: Architecture) -> None:
        self._images, self._architecture = images, architecture
        self._leading = min(GRADIENT_IMAGES, len(images))
        size = images.between(0, 1).numel()
        self._scaled = images.between(0, len(images)) if len(images) * size <= _KEPT else None
        self._targets = images.all_targets()
        self._present = torch.bincount(images.labels, minlength=images.classes).tolist()

    def probe(
        self, network: Network, *, loss: Loss, penalties: Penalties, members: int, epoch: int, changes: Changes
    ) -> list[Probe | None]:
        """One probe per member; None for a member whose figures are not finite.

        Args:
            network: the population's.
            loss: what it is trained by.
            penalties: what regularizers add.
            members: how many members it has.
            epoch: epochs done.
            changes: earlier weights.
        """
        sums = Sums(measuring_points(network, self._architecture), self._present, members=members, like=self._targets)
        gradients = [torch.zeros_like(p.gradient) for p in network.trainable]
        batch = max(_FEWEST, _VALUES // (members * network.widest))
        together = SeedGroups((0,) * members)
        for start, stop in _blocks(self._leading, len(self._images), size=batch):
            leads = stop <= self._leading
            for run in network.passes(together, training=leads, probing=True):
                self._pass(network, run, sums, loss=loss, span=slice(start, stop))
            if leads:
                share = (stop - start) / self._leading
                for total, parameter in zip(gradients, network.trainable, strict=True):
                    total.add_(parameter.gradient, alpha=share)
        return member_probes(
            sums,
            self._architecture,
            [(p.spec, p.value) for p in network.trainable],
            gradients,
            penalties=penalties.values().tolist() if penalties else [0.0] * members,
            epoch=epoch,
            changes=changes,
        )

    def _pass(self, network: Network, run: Pass, sums: Sums, *, loss: Loss, span: slice) -> None:
        """A few images through the network, and back where gradients are wanted, which overwrites the last step's."""
        images = self._images.between(span.start, span.stop) if self._scaled is None else self._scaled[span]
        wanted = self._targets[:, :, span].transpose(1, 2)
        labels = wanted.argmax(2)
        scores = network.forward_noting(Shared(images[None], run.seed_groups), run, partial(sums.note, run.members))
        each = labels.expand(scores.shape[:2])[..., None]
        sums.answer(run.members, scores.argmax(2), labels[0], loss.values(scores, each, lambda: wanted))
        if run.training:
            network.backward(loss.gradient(scores, wanted.expand(scores.shape)), run)


def measuring_points(network: Network, architecture: Architecture) -> dict[int, Point]:
    """By position among the engine's layers: where each layer with a kernel is measured, see `function_behind`."""
    points: dict[int, Point] = {}
    for position in sorted({p.spec.layer for p in network.trainable if is_measured(p.spec)}):
        function, measured = function_of(architecture, position)
        place = max(
            place
            for place, layer in enumerate(network.layers)
            if layer.position == measured and not isinstance(layer, Softmax)
        )
        points[place] = Point(position, function)
    return points


def _blocks(leading: int, images: int, *, size: int) -> list[tuple[int, int]]:
    """Ranges of at most `size` images; none reaches across the end of the leading ones.

    Example:
        >>> _blocks(3, 10, size=5)
        [(0, 3), (3, 8), (8, 10)]
    """
    parts = ((0, leading), (leading, images))
    return [(start, min(start + size, end)) for begin, end in parts for start in range(begin, end, size)]
