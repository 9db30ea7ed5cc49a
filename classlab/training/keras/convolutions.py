"""Convolutions and poolings of Keras on PyTorch without the copies it makes, in the arithmetic that was asked for.

Keras hands PyTorch's convolutions and poolings their images with the channels in front, and copies them into that order
in memory first; a convolution then copies them back, because it is quicker with the channels last. Both read images
with the channels last as they are.
"""

from __future__ import annotations

import sys
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


@contextmanager
def quick_convolutions(dtype: torch.dtype = torch.float32) -> Iterator[None]:
    """Replaces two of Keras's functions inside the `with`.

    They are Keras's private ones. Where a version of Keras has them no more, it computes as it does by itself.

    Args:
        dtype: bfloat16 for operands and results of convolutions in bfloat16, see `_in_bfloat16`.
    """
    module: Any = sys.modules.get(_MODULE)
    kept = {name: getattr(module, name) for name in (_ENTRANCE, _CONVOLUTION) if hasattr(module, name)}
    if _ENTRANCE in kept:
        setattr(module, _ENTRANCE, _channels_in_front)
    if _CONVOLUTION in kept and dtype == torch.bfloat16:
        setattr(module, _CONVOLUTION, _in_bfloat16(kept[_CONVOLUTION]))
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(module, name, function)


def _channels_in_front(inputs: Tensor) -> Tensor:
    """The same numbers, read in another order: `(batch, channels, ...)` of `(batch, ..., channels)`."""
    return inputs.movedim(-1, 1)


def _in_bfloat16(convolution: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A convolution whose operands and result are rounded to bfloat16, and so are their gradients.

    Where nothing multiplies bfloat16 natively, float32 multiplies the rounded numbers, as the engine's layers do.
    """

    def rounded(inputs: Tensor, kernel: Any, *arguments: Any, **options: Any) -> Tensor:
        kernel = keras().ops.convert_to_tensor(kernel)
        if inputs.dtype != torch.float32 or kernel.dtype != torch.float32:
            return convolution(inputs, kernel, *arguments, **options)
        narrow, held = inputs.bfloat16(), kernel.bfloat16()
        if gains_from_bfloat16(inputs.device):
            return convolution(narrow, held, *arguments, **options).float()
        return convolution(narrow.float(), held.float(), *arguments, **options).bfloat16().float()

    return rounded
