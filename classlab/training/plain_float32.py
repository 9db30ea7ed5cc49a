"""float32 that means it, on a GPU too."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def plain_float32() -> Iterator[None]:
    """Convolutions inside the `with` keep all of float32's digits and give the same bits every time.

    Left to itself, PyTorch rounds the operands of a GPU's float32 convolutions to TensorFloat-32, which keeps 10
    bits of 23, and may choose algorithms that add in no fixed order: a run would then be neither what
    its record says nor the same when it is resumed. Whoever wants less asks for `precision="bfloat16"`. On a processor
    nothing changes.

    References:
        https://docs.pytorch.org/docs/stable/notes/cuda.html, "TensorFloat-32 (TF32) on Ampere devices".
    """
    with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
        yield
