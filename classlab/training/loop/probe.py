"""Probes: the whole population on the same few training images, before the first step and after some epochs.

A probe changes nothing that training depends on. Where members are trained, and on whose arrays, is nothing to it: a
`Subject` sends its members' values and gradients, NumPy's or PyTorch's, and what is written here is the array API
standard.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Protocol

from classlab.records.diagnostics import LayerProbe, Probe
from classlab.training.loop.array_library import library_of
from classlab.training.loop.layer_measures import Accumulator, Point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.models.weights import WeightSpec
    from classlab.records.architecture import Architecture

_IMAGES = 512  # on so many a unit that is 0 for all may be called dead (list of checks, I5)
_SMALL_SHARE, _FEWEST_IMAGES = 1 / 16, 128  # of small training sets, which would be probed for longer than trained
GRADIENT_IMAGES = 64  # of the probe images: norms need fewer than rarely active units, and cost twice a forward pass
_EARLY = (1, 2, 3)
_DIGITS = 5  # significant digits that are kept: the record stays small
_LEAST = 1e-300  # what a norm of 0 is replaced by where it divides


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
    """Weights at earlier moments, by their key, each `(members, ...)`.

    Args:
        epoch_began: before the epoch.
        last_step: before its last step.
    """

    epoch_began: Mapping[str, Any] | None = None
    last_step: Mapping[str, Any] | None = None


class Subject(Protocol):
    """Members, their network, and the images that they are probed on."""

    @property
    def members(self) -> int:
        """How many they are."""

    @property
    def architecture(self) -> Architecture:
        """The layers."""

    @property
    def points(self) -> Mapping[int, Point]:
        """Where layers are measured, by the places that `Sums.note` is told of."""

    @property
    def weights(self) -> Sequence[tuple[WeightSpec, Any]]:
        """What is trained, each `(members, ...)`, units first in a kernel."""

    @property
    def present(self) -> tuple[int, ...]:
        """How many of the probe images each class has."""

    def penalties(self) -> list[float]:
        """What regularizers add to each member's loss."""

    def pass_over(self, sums: Sums) -> Sequence[Any]:
        """Sends all probe images through the network and tells of it; returns the weights' gradients of the first."""


class Sums:
    """What a pass over the probe images adds up.

    Args:
        subject: whose pass it is.
    """

    def __init__(self, subject: Subject) -> None:
        self._points, self._members = subject.points, subject.members
        like = subject.weights[0][1]
        self._xp = xp = library_of(like)
        shape = (self._members, len(subject.present))
        self.right = xp.zeros(shape, dtype=xp.float64, device=like.device)
        self.predicted, self.loss = xp.zeros_like(self.right), xp.zeros_like(self.right[:, 0])
        self._classes = xp.arange(shape[1], device=like.device)
        self.layers: dict[int, Accumulator] = {}

    def note(self, members: slice, place: int, values: Any) -> None:
        """Takes what some members have at one place of the network, `(members, batch, ..., units)`."""
        point = self._points.get(place)
        if point is None:
            return
        if point.layer not in self.layers:
            self.layers[point.layer] = Accumulator(point.activation, members=self._members, like=values)
        self.layers[point.layer].add(values, members)

    def score(self, members: slice, scores: Any, labels: Any, losses: Any) -> None:
        """Takes some members' answers.

        Args:
            members: whose.
            scores: `(members, batch, classes)`.
            labels: `(batch,)`.
            losses: each image's, `(members, batch)`.
        """
        xp = self._xp
        self.loss[members] += xp.sum(xp.astype(losses, xp.float64), axis=1)
        named = xp.argmax(scores, axis=2)
        self.predicted[members] += self._counted(named[..., None] == self._classes)
        right = (named == labels)[..., None] & (labels[:, None] == self._classes)
        self.right[members] += self._counted(right)

    def _counted(self, hits: Any) -> Any:
        return self._xp.sum(self._xp.astype(hits, self._xp.float64), axis=1)


def probe_members(subject: Subject, *, epoch: int, changes: Changes) -> list[Probe | None]:
    """One probe per member; None for a member whose figures are not finite.

    Args:
        subject: the members.
        epoch: epochs done.
        changes: earlier weights.
    """
    sums = Sums(subject)
    gradients = subject.pass_over(sums)
    layers = _layers(subject, sums, gradients, changes)
    images = sum(subject.present)
    loss, penalties = (sums.loss / images).tolist(), subject.penalties()
    predicted, right = sums.predicted.tolist(), sums.right.tolist()
    found: list[Probe | None] = []
    for seat in range(subject.members):
        measured = (number for layer in layers[seat] for number in layer.values() if isinstance(number, float))
        if not all(isfinite(number) for number in (loss[seat], penalties[seat], *measured)):
            found.append(None)
            continue
        found.append(
            Probe(
                epoch=epoch,
                images=images,
                loss=_short(loss[seat]),
                accuracy=_short(sum(right[seat]) / images),
                penalty=_short(penalties[seat]),
                predicted=_counts(predicted[seat]),
                layers=tuple(_layer(each) for each in layers[seat]),
                present=subject.present,
                right=_counts(right[seat]),
            )
        )
    return found


def _layers(subject: Subject, sums: Sums, gradients: Sequence[Any], changes: Changes) -> list[list[dict[str, Any]]]:
    """For every member the figures of every layer with weights."""
    by_layer: dict[int, list[int]] = {}
    for place, (spec, _) in enumerate(subject.weights):
        by_layer.setdefault(spec.layer, []).append(place)
    functions = {point.layer: point.activation for point in subject.points.values()}
    found: list[list[dict[str, Any]]] = [[] for _ in range(subject.members)]
    for layer, places in by_layer.items():
        own = [subject.weights[place] for place in places]
        norm = _norm([values for _, values in own])
        columns: dict[str, list[float] | None] = {
            "gradient_norm": _norm([gradients[place] for place in places]).tolist(),
            "weight_norm": norm.tolist(),
            "unit_spread": _unit_spread(own[0][1]).tolist(),
            "update_ratio": _change(own, changes.last_step, norm),
            "epoch_change": _change(own, changes.epoch_began, norm),
            **(sums.layers[layer].figures() if layer in sums.layers else {}),
        }
        named = {
            "layer": layer,
            "name": subject.architecture.layers[layer].kind,
            "activation": functions.get(layer, "linear"),
        }
        for seat in range(subject.members):
            found[seat].append(named | {name: None if v is None else v[seat] for name, v in columns.items()})
    return found


def _norm(arrays: Sequence[Any]) -> Any:
    """Euclidean norm over several arrays, `(members,)`."""
    xp = library_of(arrays[0])
    squares = [xp.sum(_rows(array) ** 2, axis=1) for array in arrays]
    return xp.sqrt(xp.sum(xp.stack(squares), axis=0))


def _rows(array: Any) -> Any:
    """A row in double precision per member."""
    xp = library_of(array)
    return xp.astype(xp.reshape(array, (array.shape[0], -1)), xp.float64)


def _unit_spread(kernel: Any) -> Any:
    """Deviation across units over the root mean square, `(members,)`; the units are the axis behind the members'."""
    xp = library_of(kernel)
    flat = xp.reshape(kernel, (*kernel.shape[:2], -1))
    mean, variance = (xp.astype(of(flat, axis=1), xp.float64) for of in (xp.mean, xp.var))
    across, square = xp.mean(variance, axis=1), xp.mean(variance + mean**2, axis=1)
    return xp.where(square > 0, xp.sqrt(across / xp.clip(square, _LEAST, None)), xp.zeros_like(square))


def _change(own: Sequence[tuple[WeightSpec, Any]], before: Mapping[str, Any] | None, norm: Any) -> list[float] | None:
    if before is None:
        return None
    xp = library_of(norm)
    change = _norm([values - before[spec.key] for spec, values in own])
    ratio: list[float] = xp.where(norm > 0, change / xp.clip(norm, _LEAST, None), xp.zeros_like(norm)).tolist()
    return ratio


def _counts(numbers: Sequence[float]) -> tuple[int, ...]:
    return tuple(int(number) for number in numbers)


def _layer(figures: dict[str, Any]) -> LayerProbe:
    short: dict[str, Any] = {n: _short(value) if isinstance(value, float) else value for n, value in figures.items()}
    return LayerProbe(**short)


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
