"""Which values a dropout drops: a function of the run's seed, the step, the layer and a value's place in the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.training.kernels.structures import Dropout
from classlab.training.loop.randomness import stream_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 2**32 - 1
_OF_GENERATORS = 2**63 - 1
# The golden-ratio constant spreads consecutive steps over the 63-bit range (Weyl sequence).
_APART = 0x9E3779B97F4A7C15


def dropout_seeds(seed: int, *, epoch: int, layer: int, steps: range) -> NDArray[np.uint64]:
    """63 bits for a layer at each of some steps.

    Args:
        seed: the run's.
        epoch: of training, from 0.
        layer: the layer's place in the architecture.
        steps: within the epoch, from 0.
    """
    begin = np.uint64(stream_seed(seed, "dropout", epoch, layer))
    shifts = np.arange(steps.start, steps.stop, dtype=np.uint64) * np.uint64(_APART)
    seeds: NDArray[np.uint64] = ((shifts & np.uint64(_OF_GENERATORS)) + begin) & np.uint64(_OF_GENERATORS)
    return seeds


def dropped(rate: float, seed: int) -> Dropout:
    """What the kernels are told.

    Args:
        rate: share of values to drop.
        seed: of this layer and step, 63 bits.
    """
    (bits,) = scattered(np.array([seed], np.uint64))
    return Dropout(int(bits), min(round(rate * 2**32), _BITS), 1 / (1 - rate))


def scattered(seeds: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Seeds with every bit in their lower half: steps that follow one another then begin at places far apart.

    References:
        Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators": the last step of SplitMix64.
    """
    x = (seeds ^ (seeds >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) & np.uint64(_BITS)).astype(np.uint32)
