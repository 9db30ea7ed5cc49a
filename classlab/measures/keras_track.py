"""The kernels of a Keras model at several moments of a training, and how far and in which direction they moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite, prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.measures.keras_probe import kernel_values
from classlab.measures.layers import relative_change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from classlab.measures.keras_layers import KerasLayer

    Kernels: TypeAlias = dict[int, NDArray[np.floating[Any]]]

_LARGEST = 20_000_000  # weights that are copied for a comparison, 80 MB; larger networks are not copied


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """The kernels and their gradients before the first step, by position of the layer, until it is known where it led.

    Args:
        layers: layers with kernels.
        before: the kernels.
        slopes: the gradient of each, of the mean loss of the leading probe images.
    """

    layers: Sequence[KerasLayer]
    before: Kernels
    slopes: Kernels

    @classmethod
    def begin(cls, layers: Sequence[KerasLayer], gradients: Mapping[int, NDArray[np.floating[Any]]]) -> FirstStep:
        """Remembers the kernels.

        Args:
            layers: layers with kernels.
            gradients: by the weight's `id`.
        """
        known = [found for found in layers if id(found.kernel) in gradients]
        return cls(
            layers=known,
            before={found.position: kernel_values(found).copy() for found in known},
            slopes={found.position: gradients[id(found.kernel)] for found in known},
        )

    def cosine(self) -> float | None:
        """Between what the kernels moved by and their gradient; None where either is 0."""
        moved = {found.position: kernel_values(found) - self.before[found.position] for found in self.layers}
        product = sum(float(np.vdot(step, self.slopes[place])) for place, step in moved.items())
        sizes = [sqrt(sum(float(np.vdot(x, x)) for x in each.values())) for each in (moved, self.slopes)]
        return product / prod(sizes) if prod(sizes) > 0 and isfinite(product) else None


@dataclass(kw_only=True)
class WeightTrack:
    """Copies of the kernels from two moments.

    Args:
        layers: layers with kernels.
    """

    layers: Sequence[KerasLayer]
    epoch: Kernels = field(default_factory=dict)
    step: Kernels = field(default_factory=dict)

    @property
    def affordable(self) -> bool:
        """Whether the kernels are small enough to be copied."""
        sizes = [found.kernel.shape for found in self.layers]
        return sum(map(prod, sizes)) <= _LARGEST

    def note_epoch(self) -> None:
        """Remembers the kernels as an epoch begins."""
        self.epoch, self.step = self._now(), {}

    def note_step(self) -> None:
        """Remembers the kernels as the epoch's last step begins."""
        self.step = self._now()

    def changes(self) -> tuple[dict[int, float], dict[int, float]]:
        """Change over the last step and over the epoch, relative to the weights, by position of the layer.

        Returns:
            Two tables; empty where nothing was remembered. Copies are dropped.
        """
        now = self._now() if self.epoch or self.step else {}
        step, epoch = _relative(self.step, now), _relative(self.epoch, now)
        self.epoch, self.step = {}, {}
        return step, epoch

    def _now(self) -> Kernels:
        return {found.position: kernel_values(found).copy() for found in self.layers}


def _relative(before: Kernels, now: Kernels) -> dict[int, float]:
    return {place: relative_change(now[place][None], was[None])[0] for place, was in before.items() if place in now}
