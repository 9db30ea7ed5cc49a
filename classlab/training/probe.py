"""Probes: the whole population on the same few training images, before the first step and after some epochs.

A probe changes nothing that training depends on: it overwrites gradients, which every step writes anew, and puts
moving statistics back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any

import torch

from classlab.records.diagnostics import LayerProbe, Probe
from classlab.training.layer_measures import Accumulator, Point, measuring_points
from classlab.training.seating import Pass, Seating, Shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.records.architecture import Architecture
    from classlab.training.losses import Loss
    from classlab.training.network import Network
    from classlab.training.parameters import Parameter
    from classlab.training.penalties import Penalties
    from classlab.training.resident import ResidentImages

_IMAGES = 512  # on so many a unit that is 0 for all may be called dead (list of checks, I5)
_SMALL_SHARE, _FEWEST_IMAGES = 1 / 16, 128  # of small training sets, which would be probed for longer than trained
GRADIENT_IMAGES = 64  # of the probe images: norms need fewer than rarely active units, and cost twice a forward pass
_VALUES = 4_000_000  # values between two layers that are measured together, as in an evaluation
_FEWEST = 64
_KEPT = 8_000_000  # values of scaled images that are kept from probe to probe: 32 MB
_EARLY = (1, 2, 3)
_DIGITS = 5  # significant digits that are kept: the record stays small


def due(epoch: int, *, epochs: int) -> bool:
    """Whether a run is probed after this many epochs: after the first three, then at doubling epochs, and at the end.

    Example:
        >>> [epoch for epoch in range(21) if due(epoch, epochs=20)]
        [0, 1, 2, 3, 6, 12, 20]
    """
    third, left = divmod(epoch, 3)
    return epoch in (0, *_EARLY, epochs) or (not left and third & (third - 1) == 0)


def probe_size(images: int) -> int:
    """How many of a run's training images it is probed on.

    Example:
        >>> [probe_size(images) for images in (100, 1_000, 5_000, 60_000)]
        [128, 128, 312, 512]
    """
    return min(_IMAGES, max(_FEWEST_IMAGES, int(images * _SMALL_SHARE)))


@dataclass(kw_only=True)
class Changes:
    """Weights at earlier moments, in the order of the network's parameters.

    Args:
        epoch_began: before the epoch.
        last_step: before its last step.
    """

    epoch_began: Sequence[Tensor] | None = None
    last_step: Sequence[Tensor] | None = None


class _Sums:
    """What a pass over the probe images adds up.

    Args:
        points: where layers are measured, by position among the engine's layers.
        members: how many members.
        like: a weight array of the population.
        classes: number of classes.
    """

    def __init__(self, points: dict[int, Point], *, members: int, like: Tensor, classes: int) -> None:
        self._points, self.members = points, members
        self.right = like.new_zeros(members, classes, dtype=torch.float64)
        self.predicted, self.loss = self.right.clone(), self.right[:, 0].clone()
        self.layers: dict[int, Accumulator] = {}

    def note(self, members: slice, place: int, x: Tensor) -> None:
        """Takes the values behind one of the engine's layers."""
        point = self._points.get(place)
        if point is None:
            return
        if point.layer not in self.layers:
            room = Accumulator(point.activation, members=self.members, units=x.shape[-1], device=x.device)
            self.layers[point.layer] = room
        self.layers[point.layer].add(x, members)

    def score(self, members: slice, scores: Tensor, wanted: Tensor, loss: Loss) -> None:
        """Takes scores `(members, batch, classes)` and one-hot targets `(1, batch, classes)`."""
        labels = wanted.argmax(2).expand(scores.shape[:2])
        self.loss[members] += loss.values(scores, labels[..., None], lambda: wanted).double().sum(1)
        named = scores.argmax(2)
        hits = (named == labels).double()
        self.predicted[members] = self.predicted[members].scatter_add(1, named, torch.ones_like(hits))
        self.right[members] = self.right[members].scatter_add(1, labels, hits)


class Prober:
    """Measures populations of one network on the same images.

    Args:
        images: the probe images on the device; gradients are measured on the first `GRADIENT_IMAGES` of them.
        architecture: the layers.
    """

    def __init__(self, images: ResidentImages, architecture: Architecture) -> None:
        self._images = images
        self._leading = min(GRADIENT_IMAGES, len(images))
        self._architecture = architecture
        size = images.between(0, 1).numel()
        self._scaled = images.between(0, len(images)) if len(images) * size <= _KEPT else None
        self._present = tuple(torch.bincount(images.labels, minlength=images.classes).tolist())

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
        gradients = [torch.zeros_like(p.gradient) for p in network.trainable]
        sums = self._pass(network, loss, members, gradients)
        for parameter, values in kept:
            parameter.value.copy_(values)
        fixed = penalties.values().tolist() if penalties else [0.0] * members
        layers = self._layers(network, sums, gradients, changes, members)
        figures = {
            "loss": (sums.loss / len(self._images)).tolist(),
            "predicted": sums.predicted.tolist(),
            "right": sums.right.tolist(),
        }
        return [self._one(figures, layers[seat], fixed[seat], seat, epoch) for seat in range(members)]

    def _pass(self, network: Network, loss: Loss, members: int, gradients: list[Tensor]) -> _Sums:
        """Adds everything up, a few images at a time; gradients come from the leading images alone."""
        images = self._images
        points = measuring_points(network, self._architecture)
        sums = _Sums(points, members=members, like=network.trainable[0].value, classes=images.classes)
        batch = max(_FEWEST, _VALUES // (members * network.widest))
        targets = images.all_targets()
        for start, stop in _blocks(self._leading, len(images), size=batch):
            scaled = images.between(start, stop) if self._scaled is None else self._scaled[start:stop]
            leads = stop <= self._leading
            self._block(network, loss, sums, scaled[None], targets[:, :, start:stop].transpose(1, 2), backward=leads)
            if leads:
                share = (stop - start) / self._leading
                for total, parameter in zip(gradients, network.trainable, strict=True):
                    total.add_(parameter.gradient, alpha=share)
        return sums

    def _block(
        self, network: Network, loss: Loss, sums: _Sums, values: Tensor, wanted: Tensor, *, backward: bool
    ) -> None:
        """A few images through the network, and back where gradients are wanted."""
        together = Seating((0,) * sums.members)
        # Backward needs what layers keep while training; figures are those of evaluation where the two differ.
        keeps = backward and not network.differs_in_training
        for run in network.passes(together, training=keeps):
            scores = network.forward_noting(Shared(values, run.seating), run, partial(sums.note, run.members))
            sums.score(run.members, scores, wanted, loss)
            if not backward:
                continue
            if not keeps:
                run = Pass(run.seating, run.members, training=True)
                scores = network.forward(Shared(values, run.seating), run)
            network.backward(loss.gradient(scores, wanted.expand(scores.shape)), run)

    def _layers(
        self, network: Network, sums: _Sums, gradients: list[Tensor], changes: Changes, members: int
    ) -> list[list[dict[str, Any]]]:
        """For every member the figures of every layer with weights."""
        by_layer: dict[int, list[int]] = {}
        for place, parameter in enumerate(network.trainable):
            by_layer.setdefault(parameter.spec.layer, []).append(place)
        points = {point.layer: point.activation for point in measuring_points(network, self._architecture).values()}
        places = {id(p): place for place, p in enumerate(network.parameters.values())}
        found: list[list[dict[str, Any]]] = [[] for _ in range(members)]
        for layer, own in by_layer.items():
            parameters = [network.trainable[place] for place in own]
            norm = _norm([p.value for p in parameters])
            columns: dict[str, list[float] | None] = {
                "gradient_norm": _norm([gradients[place] for place in own]).tolist(),
                "weight_norm": norm.tolist(),
                "unit_spread": _unit_spread(parameters[0].value).tolist(),
                "update_ratio": _change(parameters, places, changes.last_step, norm),
                "epoch_change": _change(parameters, places, changes.epoch_began, norm),
                **(sums.layers[layer].figures() if layer in sums.layers else {}),
            }
            named = {
                "layer": layer,
                "name": self._architecture.layers[layer].kind,
                "activation": points.get(layer, "linear"),
            }
            for seat in range(members):
                found[seat].append(named | {name: None if v is None else v[seat] for name, v in columns.items()})
        return found

    def _one(
        self, figures: dict[str, Any], layers: list[dict[str, Any]], penalty: float, seat: int, epoch: int
    ) -> Probe | None:
        numbers = [figures["loss"][seat], penalty, *(v for layer in layers for v in layer.values() if _number(v))]
        if not all(isfinite(number) for number in numbers):
            return None
        right = tuple(int(count) for count in figures["right"][seat])
        return Probe(
            epoch=epoch,
            images=len(self._images),
            loss=_short(figures["loss"][seat]),
            accuracy=_short(sum(right) / len(self._images)),
            penalty=_short(penalty),
            predicted=tuple(int(count) for count in figures["predicted"][seat]),
            layers=tuple(_layer(each) for each in layers),
            present=self._present,
            right=right,
        )


def _layer(figures: dict[str, Any]) -> LayerProbe:
    short: dict[str, Any] = {name: _short(value) if _number(value) else value for name, value in figures.items()}
    return LayerProbe(**short)


def _blocks(leading: int, images: int, *, size: int) -> list[tuple[int, int]]:
    """Ranges of at most `size` images; none reaches across the end of the leading ones.

    Example:
        >>> _blocks(3, 10, size=5)
        [(0, 3), (3, 8), (8, 10)]
    """
    parts = ((0, leading), (leading, images))
    return [(start, min(start + size, end)) for begin, end in parts for start in range(begin, end, size)]


def _norm(tensors: Sequence[Tensor]) -> Tensor:
    """Euclidean norm over several arrays, `(members,)`."""
    return torch.stack([t.flatten(1).double().square().sum(1) for t in tensors]).sum(0).sqrt()


def _unit_spread(kernel: Tensor) -> Tensor:
    """Deviation across units over the root mean square, `(members,)`; the units are the axis behind the members'."""
    flat = kernel.flatten(2) if kernel.ndim > 2 else kernel[:, :, None]
    variance, mean = torch.var_mean(flat, 1, correction=0)
    across, square = variance.double().mean(1), (variance.double() + mean.double().square()).mean(1)
    return torch.where(square > 0, (across / square.clamp_min(1e-300)).sqrt(), 0.0)


def _change(
    parameters: Sequence[Parameter], places: dict[int, int], before: Sequence[Tensor] | None, norm: Tensor
) -> list[float] | None:
    if before is None:
        return None
    change = _norm([p.value - before[places[id(p)]] for p in parameters])
    result: list[float] = torch.where(norm > 0, change / norm.clamp_min(1e-300), 0.0).tolist()
    return result


def _number(value: object) -> bool:
    return isinstance(value, float)


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
