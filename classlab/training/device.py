"""Which device and which arithmetic: decided by what the machine has, never by a file."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from classlab.errors import SpecError
from classlab.training.compiled.library import kernels

if TYPE_CHECKING:
    from classlab.records.run import Precision

DeviceName = Literal["auto", "cpu", "cuda"]


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
    flags = _processor_flags()
    return "amx_bf16" in flags or "avx512_bf16" in flags


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


def environment_facts(device: DeviceName = "auto", precision: Precision = "float32") -> dict[str, Any]:
    """Device, threads, processor and arithmetic as a run's record names them."""
    chosen = pick_device(device)
    name = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else "cpu"
    compiled = ", compiled kernels" if kernels() is not None else ""
    return {
        "device": name,
        "threads": torch.get_num_threads(),
        "processor": f"{_processor_name()} ({torch.backends.cpu.get_cpu_capability()}{compiled})",
        "precision": str(pick_dtype(precision, chosen)).removeprefix("torch."),
    }


def set_threads(count: int) -> None:
    """Limits the processor threads that the arithmetic uses.

    Raises:
        SpecError: fewer than one.
    """
    if count < 1:
        raise SpecError(f"`threads` must be at least 1, but got threads={count}. This machine has {os.cpu_count()}.")
    torch.set_num_threads(count)


def _processor_flags() -> set[str]:
    """Instruction sets by Linux's names; empty where the system does not tell."""
    for line in _cpuinfo():
        if line.startswith("flags"):
            return set(line.split(":", 1)[1].split())
    return set()


def _processor_name() -> str:
    for line in _cpuinfo():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
