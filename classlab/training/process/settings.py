"""The settings of the process while the engine computes: garbage collector, freed memory, exactness of products.

A convolution's values take tens of megabytes. The C library hands blocks of that size back to the system when they are
freed, and the next step gets them anew, page by page: some 5,000 page faults in a step of the lab's CNN, a twelfth of
its time on two AVX2 cores. Keeping them costs no more memory than the step's own peak.
"""

from __future__ import annotations

import ctypes
import gc
import platform
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadpoolctl import ThreadpoolController

# Numbers of `mallopt`, from glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
# Blocks up to here come from the heap; glibc takes no larger limit.
_LARGEST_FROM_HEAP = 32 * 2**20
_KEPT = 2**30
# What glibc itself arrives at once a program has freed a block of the largest size.
_USUAL_TRIM = 2 * _LARGEST_FROM_HEAP
_keeping = 0  # how many blocks are open


@contextmanager
def collector_paused() -> Iterator[None]:
    """Lets the collector rest inside the `with`, and counts what was made there as old afterwards.

    PyTorch's import makes 160,000 objects that stay. The collector would look through them hundreds of times on the
    way and find nothing to free: a sixth of the import's time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:  # what the program itself has frozen must stay so
            gc.freeze()
            gc.unfreeze()  # into the oldest generation, without a look at each
        gc.enable()


def load_pytorch() -> None:
    """Imports PyTorch, for those that are imported next."""
    if "torch" not in sys.modules:
        with collector_paused():
            import torch  # noqa: F401


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Keeps freed memory inside the `with`, and hands it back afterwards; without glibc nothing happens."""
    global _keeping
    library = _glibc()
    if library is None:
        yield
        return
    _keeping += 1
    library.mallopt(_MMAP_THRESHOLD, _LARGEST_FROM_HEAP)
    library.mallopt(_TRIM_THRESHOLD, _KEPT)
    try:
        yield
    finally:
        _keeping -= 1
        if not _keeping:  # a measurement within a training leaves the memory with the training
            library.mallopt(_TRIM_THRESHOLD, _USUAL_TRIM)
            library.malloc_trim(0)


@contextmanager
def quiet_products() -> Iterator[None]:
    """NumPy's matrix products inside the `with` take one thread.

    OpenBLAS shares a product among threads, which then spin for some ten milliseconds in case another one follows. What
    follows here is a training step on all cores: five epochs of seven linear arms took a fifth less time without that.
    And what the doctor wants to know of a few images is over in milliseconds with one thread.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


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


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return None
    return ctypes.CDLL(None)


@cache
def _libraries() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()  # looking for them takes milliseconds; NumPy's own is there by now
