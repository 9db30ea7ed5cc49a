"""Matrix products and convolutions of the process: on one thread, or with all of float32's digits."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadpoolctl import ThreadpoolController


@contextmanager
def quiet_products() -> Iterator[None]:
    """NumPy's matrix products inside the `with` take one thread.

    OpenBLAS shares a product among threads, which then spin for some ten milliseconds in case another one follows. What
    follows here is a training step on all cores: five epochs of seven linear arms took a fifth less time without that.
    And what the doctor wants to know of a few images is over in milliseconds with one thread.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()  # looking for them takes milliseconds; NumPy's own is there by now


@contextmanager
def plain_float32() -> Iterator[None]:
    """PyTorch's convolutions inside the `with` keep all of float32's digits and give the same bits every time.

    Left to itself, PyTorch rounds the operands of a GPU's float32 convolutions to TensorFloat-32, which keeps 10
    bits of 23, and may choose algorithms that add in no fixed order: a run would then be neither what
    its record says nor the same when it is resumed. Whoever wants less asks for `precision="bfloat16"`. On a processor
    nothing changes.

    References:
        https://docs.pytorch.org/docs/stable/notes/cuda.html, "TensorFloat-32 (TF32) on Ampere devices".
    """
    import torch

    with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
        yield
