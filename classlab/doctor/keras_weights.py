"""How far training moves the weights: over one step, and over an epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from classlab.doctor.keras_probe import kernel_values
from classlab.measures.layers import relative_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.doctor.keras_layers import KerasLayer

LARGEST = 20_000_000  # weights that are copied for a comparison, 80 MB; larger networks are not copied


@dataclass(kw_only=True)
class WeightTrack:
    """Copies of the kernels from two moments.

    Args:
        layers: layers with kernels.
    """

    layers: Sequence[KerasLayer]
    epoch: dict[int, NDArray[np.floating[Any]]] = field(default_factory=dict)
    step: dict[int, NDArray[np.floating[Any]]] = field(default_factory=dict)

    @property
    def affordable(self) -> bool:
        """Whether the kernels are small enough to be copied."""
        sizes = [found.kernel.shape for found in self.layers]
        return sum(map(prod, sizes)) <= LARGEST

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

    def _now(self) -> dict[int, NDArray[np.floating[Any]]]:
        return {found.position: kernel_values(found).copy() for found in self.layers}


def _relative(
    before: dict[int, NDArray[np.floating[Any]]], now: dict[int, NDArray[np.floating[Any]]]
) -> dict[int, float]:
    return {place: relative_change(now[place][None], was[None])[0] for place, was in before.items() if place in now}
