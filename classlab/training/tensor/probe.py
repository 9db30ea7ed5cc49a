"""A population on PyTorch as a probe's subject."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import torch

from classlab.training.loop.layer_measures import Point, activation_behind
from classlab.training.loop.probe import GRADIENT_IMAGES, Changes, probe_members
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.activations import InPlace, Softmax
from classlab.training.tensor.layers.differentiated import Differentiated
from classlab.training.tensor.layers.pooling import MaxPooling
from classlab.training.tensor.passes import Pass, Shared

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.models.weights import WeightSpec
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.training.loop.probe import Sums
    from classlab.training.tensor.losses import Loss
    from classlab.training.tensor.network import Network
    from classlab.training.tensor.penalties import Penalties
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
        self.images, self.architecture = images, architecture
        self.leading = min(GRADIENT_IMAGES, len(images))
        size = images.between(0, 1).numel()
        self._scaled = images.between(0, len(images)) if len(images) * size <= _KEPT else None
        self.present = tuple(torch.bincount(images.labels, minlength=images.classes).tolist())

    def between(self, start: int, stop: int) -> Tensor:
        """Scaled images of a range."""
        return self.images.between(start, stop) if self._scaled is None else self._scaled[start:stop]

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
        kept = [(p, p.value.clone()) for p in network.parameters.values() if not p.spec.trainable]
        subject = _Subject(self, network, loss=loss, penalties=penalties, members=members)
        found = probe_members(subject, epoch=epoch, changes=changes)
        for parameter, values in kept:  # moving statistics, which a pass that trains has moved
            parameter.value.copy_(values)
        return found


class _Subject:
    """See `Subject`. Gradients are overwritten, as every step does anew."""

    def __init__(self, prober: Prober, network: Network, *, loss: Loss, penalties: Penalties, members: int) -> None:
        self._prober, self._network, self._loss, self._penalties = prober, network, loss, penalties
        self.members, self.architecture, self.present = members, prober.architecture, prober.present
        self.points = measuring_points(network, prober.architecture)
        self.weights: list[tuple[WeightSpec, Tensor]] = [(p.spec, p.value) for p in network.trainable]

    def penalties(self) -> list[float]:
        found: list[float] = self._penalties.values().tolist() if self._penalties else [0.0] * self.members
        return found

    def pass_over(self, sums: Sums) -> list[Tensor]:
        """A few images at a time; gradients come from the leading images alone."""
        network, images, leading = self._network, self._prober.images, self._prober.leading
        gradients = [torch.zeros_like(p.gradient) for p in network.trainable]
        batch = max(_FEWEST, _VALUES // (self.members * network.widest))
        targets = images.all_targets()
        for start, stop in _blocks(leading, len(images), size=batch):
            wanted = targets[:, :, start:stop].transpose(1, 2)
            leads = stop <= leading
            self._block(sums, self._prober.between(start, stop)[None], wanted, backward=leads)
            if leads:
                share = (stop - start) / leading
                for total, parameter in zip(gradients, network.trainable, strict=True):
                    total.add_(parameter.gradient, alpha=share)
        return gradients

    def _block(self, sums: Sums, values: Tensor, wanted: Tensor, *, backward: bool) -> None:
        """A few images through the network, and back where gradients are wanted."""
        network, loss = self._network, self._loss
        together = SeedGroups((0,) * self.members)
        labels = wanted.argmax(2)
        # Backward needs what layers keep while training; figures are those of evaluation where the two differ.
        keeps = backward and not network.differs_in_training
        for run in network.passes(together, training=keeps):
            scores = network.forward_noting(Shared(values, run.seed_groups), run, partial(sums.note, run.members))
            each = labels.expand(scores.shape[:2])[..., None]
            sums.score(run.members, scores, labels[0], loss.values(scores, each, lambda: wanted))
            if not backward:
                continue
            if not keeps:
                run = Pass(run.seed_groups, run.members, training=True)
                scores = network.forward(Shared(values, run.seed_groups), run)
            network.backward(loss.gradient(scores, wanted.expand(scores.shape)), run)


def measuring_points(network: Network, architecture: Architecture) -> dict[int, Point]:
    """By position among the engine's layers: behind each layer with weights, its activation included.

    A closing softmax is left out: what is measured of the last layer are its raw scores.
    """
    points: dict[int, Point] = {}
    for place, layer in enumerate(network.layers):
        if not layer.parameters:
            continue
        position = layer.parameters[0].spec.layer
        function, behind = activation_behind(architecture, position), place
        if function not in ("linear", "softmax"):
            # A max-pooling may stand between: the engine puts it before relu, and users put it before activations.
            ahead = islice(enumerate(network.layers[place + 1 :], place + 1), 2)
            for other, following in ahead:
                if isinstance(following, InPlace | Differentiated | Softmax):
                    behind = other
                    break
                if not isinstance(following, MaxPooling):
                    break
        points[behind] = Point(position, function)
    return points


def _blocks(leading: int, images: int, *, size: int) -> list[tuple[int, int]]:
    """Ranges of at most `size` images; none reaches across the end of the leading ones.

    Example:
        >>> _blocks(3, 10, size=5)
        [(0, 3), (3, 8), (8, 10)]
    """
    parts = ((0, leading), (leading, images))
    return [(start, min(start + size, end)) for begin, end in parts for start in range(begin, end, size)]
