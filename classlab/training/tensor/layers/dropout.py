"""Dropout: values that a function of seed and place picks are 0, and the others are larger for it.

Which values are dropped is drawn again on the way back instead of kept: kernels/random_bits.h has the function, which
stands here once more for devices that the kernels do not compute on.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import torch

from classlab.training.kernels.dropped import dropped
from classlab.training.kernels.library import kernels
from classlab.training.kernels.openmp import threads
from classlab.training.tensor.layers.base import WeightlessLayer

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.kernels.structures import Dropout as Dropped
    from classlab.training.tensor.passes import Pass

_BITS = 2**32 - 1
_IN_KERNELS = (torch.float32, torch.bfloat16)


class Dropout(WeightlessLayer):
    """Zeroes values with probability `rate` while training and scales the others by `1 / (1 - rate)`.

    Args:
        rate: share of values to drop.
        position: the layer's place in the architecture, part of the seed.
    """

    def __init__(self, rate: float, position: int) -> None:
        self.rate = rate
        self.position = position
        self._dropped: list[Dropped] = []

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Keeps the shape; members of equal seeds drop alike."""
        if not run.drops:
            return x
        self._dropped = [dropped(self.rate, seed) for seed in run.dropout_seeds(self.position)]
        return self._drop(x, run)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """The same values are dropped."""
        if not wanted:
            return None
        return self._drop(gradient, run) if run.drops else gradient

    def _drop(self, x: Tensor, run: Pass) -> Tensor:
        out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        groups = range(len(x)) if len(x) == len(self._dropped) else run.seed_groups.group_of
        for member, group in enumerate(groups):
            _drop_into(out[member], x[member].contiguous(), self._dropped[group])
        return out


def kept_factors(count: int, what: Dropped, *, device: torch.device) -> Tensor:
    """What each of so many values is multiplied by, float32, `(count,)`; the kernels' function, in PyTorch."""
    x = (torch.arange(count, device=device) + int(what.seed)) & _BITS
    x = ((x ^ (x >> 16)) * 0x21F0AAAD) & _BITS
    x = ((x ^ (x >> 15)) * 0xD35A2D97) & _BITS
    kept: Tensor = (x ^ (x >> 15)) >= what.below
    return kept.float() * float(what.factor)


def _drop_into(out: Tensor, x: Tensor, what: Dropped) -> None:
    library = kernels() if x.device.type == "cpu" and x.dtype in _IN_KERNELS else None
    if library is None:
        factors = kept_factors(x.numel(), what, device=x.device)
        out.copy_(x * factors.view(x.shape))  # multiplied as float32 and rounded once, as in the kernels
        return
    pool = threads()
    half = x.dtype == torch.bfloat16
    library.drop(ctypes.byref(pool), ctypes.byref(what), x.data_ptr(), out.data_ptr(), x.numel(), half)
