"""The processor and what it can do, and whether there may be a GPU; asked without loading PyTorch."""

from __future__ import annotations

import ctypes
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Literal

DeviceName = Literal["auto", "cpu", "cuda"]

# The driver's library, without which no program sees an NVIDIA GPU.
_DRIVERS = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}
_WIDE = {"avx512f", "avx512bw", "avx512dq", "avx512vl"}


@cache
def gpu_may_be_here() -> bool:
    """Whether an NVIDIA driver is installed: only then is it worth asking PyTorch for a GPU."""
    name = _DRIVERS.get(sys.platform)
    if name is None:
        return False
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def on_processor(device: DeviceName) -> bool:
    """Whether everything is computed on the processor; PyTorch is asked only where there may be a GPU."""
    return device == "cpu" or (device == "auto" and not _gpu_is_here())


def multiplies_bfloat16() -> bool:
    """Whether the processor has units for bfloat16 (AMX or AVX512-BF16); without them it is many times slower."""
    flags = _flags()
    return "amx_bf16" in flags or "avx512_bf16" in flags


def processor_facts(*, with_kernels: bool) -> str:
    """Name, instruction set and whether the compiled kernels are there, as a run's record has them."""
    compiled = ", compiled kernels" if with_kernels else ""
    return f"{_name()} ({_instructions(with_kernels=with_kernels)}{compiled})"


def _gpu_is_here() -> bool:
    if not gpu_may_be_here():
        return False
    import torch

    # There may be a driver without a GPU, a GPU that the user hides, or a PyTorch that was built without CUDA.
    return torch.cuda.is_available()


def _instructions(*, with_kernels: bool) -> str:
    """The vector instructions that PyTorch and the kernels choose by, under PyTorch's names."""
    flags = _flags()
    if flags >= _WIDE:
        return "AVX512"
    if "avx2" in flags or (not flags and with_kernels):
        return "AVX2"
    return "DEFAULT"


@cache
def _flags() -> frozenset[str]:
    """Instruction sets by Linux's names; empty where the system does not tell."""
    return frozenset(_of_cpuinfo("flags").split())


def _name() -> str:
    return _of_cpuinfo("model name") or platform.processor() or platform.machine()


def _of_cpuinfo(entry: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == entry), "")
