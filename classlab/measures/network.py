"""A network on the probe images: what its answers and its layers add up to, and the record of it."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from classlab.measures.layers import OutputSums, library_of
from classlab.records.diagnostics import Probe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.measures.layers import MeasuredLayer
    from classlab.records.diagnostics import LayerProbe

MEASURE = 2
"""What figures of a probe mean: 2 since changes are those of the kernel, over its norm before; see `Probe`."""
_DIGITS = 5  # significant digits that a record on disk keeps, so that it stays small


@dataclass(frozen=True)
class Point:
    """Where a layer is measured.

    Args:
        layer: its position in the architecture.
        activation: the function behind it, by Keras's name.
    """

    layer: int
    activation: str


class Sums:
    """What passes over the probe images add up, in evaluation mode.

    Args:
        points: where layers are measured, by the places that `note` is told of.
        present: how many of the probe images each class has.
        members: how many networks are measured together.
        like: an array of the kind that will come.
    """

    def __init__(self, points: Mapping[int, Point], present: Sequence[int], *, members: int, like: Any) -> None:
        self._points, self._members, self.present = points, members, tuple(present)
        self._xp = xp = library_of(like)
        self.right = xp.zeros((members, len(present)), dtype=xp.float64, device=like.device)
        self.predicted, self.loss = xp.zeros_like(self.right), xp.zeros_like(self.right[:, 0])
        self._classes = xp.arange(len(present), device=like.device)
        self.layers: dict[int, OutputSums] = {}

    def note(self, members: slice, place: int, values: Any) -> None:
        """Takes what some members have at one place of the network, `(members, batch, ..., units)`."""
        point = self._points.get(place)
        if point is None:
            return
        if point.layer not in self.layers:
            self.layers[point.layer] = OutputSums(point.activation, members=self._members, like=values)
        self.layers[point.layer].add(values, members)

    def answer(self, members: slice, named: Any, labels: Any, losses: Any) -> None:
        """Takes some members' answers.

        Args:
            members: whose.
            named: the class that each image is given to, `(members, batch)`.
            labels: `(batch,)`.
            losses: each image's, penalties left out, `(members, batch)`.
        """
        xp = self._xp
        self.loss[members] += xp.sum(xp.astype(losses, xp.float64), axis=1)
        self.predicted[members] += self._counted(named[..., None] == self._classes)
        self.right[members] += self._counted((named == labels)[..., None] & (labels[:, None] == self._classes))

    def probes(self, layers: Sequence[MeasuredLayer], penalties: Sequence[float], *, epoch: int) -> list[Probe]:
        """One record per member.

        Args:
            layers: every layer with a kernel.
            penalties: what regularizers add to each member's loss.
            epoch: epochs done.
        """
        images = sum(self.present)
        measured = [layer.probes(self.layers.get(layer.position)) for layer in layers]
        loss, predicted, right = (sums.tolist() for sums in (self.loss / images, self.predicted, self.right))
        return [
            Probe(
                epoch=epoch,
                images=images,
                loss=loss[member],
                accuracy=sum(right[member]) / images,
                penalty=penalties[member],
                predicted=tuple(map(int, predicted[member])),
                layers=tuple(layer[member] for layer in measured),
                present=self.present,
                right=tuple(map(int, right[member])),
                measure=MEASURE,
            )
            for member in range(self._members)
        ]

    def _counted(self, hits: Any) -> Any:
        return self._xp.sum(self._xp.astype(hits, self._xp.float64), axis=1)


def for_record(probe: Probe) -> Probe | None:
    """A probe as a run's record keeps it, in few digits; None where a figure is not finite, which JSON cannot say."""
    layers = tuple(_short(layer) for layer in probe.layers)
    short = replace(_short(probe), layers=layers)
    numbers = (short.loss, short.penalty, *(number for layer in layers for number in astuple(layer)))
    return short if all(isfinite(number) for number in numbers if isinstance(number, float)) else None


def without_neighbors(layers: Sequence[LayerProbe]) -> tuple[LayerProbe, ...]:
    """The same layers, where none is the next one's input: without the spreads that would be compared with each other.

    The last layer's spread says whether the network tells images apart, the first one's what enters it; both stay
    unless they are neighbours in the list.
    """
    kept = (len(layers) - 1,) if len(layers) < 3 else (0, len(layers) - 1)
    return tuple(layer if place in kept else replace(layer, output_spread=None) for place, layer in enumerate(layers))


def _short(record: Any) -> Any:
    numbers = {name: value for name, value in vars(record).items() if isinstance(value, float)}
    return replace(record, **{name: float(f"{value:.{_DIGITS}g}") for name, value in numbers.items()})
