"""Convolutions and poolings of Keras on PyTorch without the copies it makes, in the arithmetic that was asked for.

Keras hands PyTorch's convolutions and poolings their images with the channels in front, and copies them into that order
in memory first; a convolution then copies them back, because it is quicker with the channels last. Both read images
with the channels last as they are.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from classlab.models.keras_runtime import keras
from classlab.training.tensor.device import gains_from_bfloat16

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

_MODULE = "keras.src.backend.torch.nn"
_ENTRANCE, _CONVOLUTION = "_transpose_spatial_inputs", "conv"

_own = threading.local()  # what this thread has asked for: `dtype`, or nothing
_lock = threading.Lock()
_inside = 0  # how many threads' blocks are open
_kept: dict[str, Callable[..., Tensor]] = {}  # Keras's own functions meanwhile


@contextmanager
def quick_convolutions(dtype: torch.dtype = torch.float32) -> Iterator[None]:
    """Replaces two of Keras's functions inside the `with`, for this thread's calls alone.

    They are Keras's private ones. Where a version of Keras has them no more, it computes as it does by itself.

    Args:
        dtype: bfloat16 for operands and results of convolutions in bfloat16, see `_rounded`.
    """
    before = getattr(_own, "dtype", None)
    _enter()
    _own.dtype = dtype
    try:
        yield
    finally:
        _own.dtype = before
        _leave()


def _enter() -> None:
    global _inside
    with _lock:
        _inside += 1
        module: Any = sys.modules.get(_MODULE)
        if _inside > 1 or module is None:
            return
        for name, replacement in ((_ENTRANCE, _channels_in_front), (_CONVOLUTION, _convolution)):
            if hasattr(module, name):
                _kept[name] = getattr(module, name)
                setattr(module, name, replacement)


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if not _inside:
            for name, function in _kept.items():
                setattr(sys.modules[_MODULE], name, function)


def _channels_in_front(inputs: Tensor) -> Tensor:
    """The same numbers, read in another order: `(batch, channels, ...)` of `(batch, ..., channels)`."""
    if getattr(_own, "dtype", None) is None:
        return _kept[_ENTRANCE](inputs)
    return inputs.movedim(-1, 1)


def _convolution(inputs: Tensor, kernel: Any, *arguments: Any, **options: Any) -> Tensor:
    if getattr(_own, "dtype", None) is not None:
        inputs, arguments, options = _sampled(inputs, kernel, arguments, options)
    if getattr(_own, "dtype", None) != torch.bfloat16:
        return _kept[_CONVOLUTION](inputs, kernel, *arguments, **options)
    kernel = keras().ops.convert_to_tensor(kernel)
    grouped = kernel.shape[-2] != inputs.shape[-1]  # as a depthwise one is, which gains nothing, see `kinds`
    if grouped or inputs.dtype != torch.float32 or kernel.dtype != torch.float32:
        return _kept[_CONVOLUTION](inputs, kernel, *arguments, **options)
    return _rounded(inputs, kernel, *arguments, **options)


def _sampled(
    inputs: Tensor, kernel: Any, arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[Tensor, tuple[Any, ...], dict[str, Any]]:
    """A convolution of one cell with strides, as one without them of the cells that it sees; see `Sampling`."""
    named = dict(zip(("strides", "padding", "data_format", "dilation_rate"), arguments, strict=False)) | options
    strides = named.get("strides", 1)
    rows, columns = strides if isinstance(strides, tuple | list) and len(strides) == 2 else (strides, strides)
    last = named.get("data_format") in (None, "channels_last") and keras().config.image_data_format() == "channels_last"
    if inputs.ndim != 4 or tuple(kernel.shape[:2]) != (1, 1) or (rows, columns) == (1, 1) or not last:
        return inputs, arguments, options
    return inputs[:, ::rows, ::columns].contiguous(), (), named | {"strides": 1}


def _rounded(inputs: Tensor, kernel: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """A convolution whose operands and result are rounded to bfloat16, and so are their gradients.

    Where nothing multiplies bfloat16 natively, float32 multiplies the rounded numbers, as the engine's layers do.
    """
    narrow, held = inputs.bfloat16(), kernel.bfloat16()
    if gains_from_bfloat16(inputs.device):
        return _kept[_CONVOLUTION](narrow, held, *arguments, **options).float()
    return _kept[_CONVOLUTION](narrow.float(), held.float(), *arguments, **options).bfloat16().float()
