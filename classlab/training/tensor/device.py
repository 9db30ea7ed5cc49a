"""The choice of device and arithmetic: by what the machine has, never by a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.errors import SpecError
from classlab.training.process.processor import multiplies_bfloat16
from classlab.training.process.threads import tell_pytorch

if TYPE_CHECKING:
    from classlab.records.run import Precision
    from classlab.training.process.processor import DeviceName

tell_pytorch()  # the number of threads may have been chosen before PyTorch was loaded


def pick_device(name: DeviceName) -> torch.device:
    """The device that `auto`, `cpu` or `cuda` means here.

    Raises:
        SpecError: cuda was asked for and there is none.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise SpecError("`device` cuda needs a CUDA GPU that PyTorch can use, but there is none here. Use device=auto.")
    return torch.device("cuda" if name == "cuda" or (name == "auto" and available) else "cpu")


def gains_from_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 convolutions are faster than float32 ones on this device.

    Processors with AMX or AVX512-BF16 multiply bfloat16 natively; on others (AVX2) it is emulated and many times
    slower than float32. Every CUDA GPU since Ampere (compute capability 8.0) has it.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    return multiplies_bfloat16()


def pick_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """Arithmetic of the convolutions; everything else is float32, or float64 where that was asked for."""
    if precision == "float64":
        return torch.float64
    if precision == "bfloat16" or (precision == "auto" and gains_from_bfloat16(device)):
        return torch.bfloat16
    return torch.float32


def weight_dtype(dtype: torch.dtype) -> torch.dtype:
    """What weights and figures are kept in: never less than float32."""
    return torch.float64 if dtype == torch.float64 else torch.float32
