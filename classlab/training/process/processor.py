"""The processor and what it can do, and whether there may be a GPU; asked without loading PyTorch."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.extras import installed

if TYPE_CHECKING:
    from classlab.options.words import DeviceName

# The driver's library, without which no program sees an NVIDIA GPU.
_DRIVERS = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}
_WIDE = {"avx512f", "avx512bw", "avx512dq", "avx512vl"}
LIMIT = "ATEN_CPU_CAPABILITY"  # PyTorch's own variable: the widest vector instructions that the user allows
# What each of its values forbids, under PyTorch's names and by the beginnings of Linux's.
_FORBIDDEN: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "avx2": (frozenset({"AVX512"}), ("avx512", "amx")),
    "default": (frozenset({"AVX512", "AVX2"}), ("avx", "amx", "fma")),
}


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
    """Whether everything is computed on the processor; PyTorch is asked only where there may be a GPU.

    Without PyTorch `auto` means the processor: nothing else here computes on a GPU.
    """
    return device == "cpu" or (device == "auto" and not _gpu_is_here())


def multiplies_bfloat16() -> bool:
    """Whether the processor has units for bfloat16 (AMX or AVX512-BF16); without them it is many times slower."""
    flags = _flags()
    return "amx_bf16" in flags or "avx512_bf16" in flags


def multiplies_tiles() -> bool:
    """Whether it has AMX, whose bfloat16 products are several times as fast as any in float32."""
    return "amx_bf16" in _flags()


def auto_is_bfloat16() -> bool:
    """Whether `precision` auto means bfloat16 on the processor: it has units, and PyTorch is there, which uses them."""
    return multiplies_bfloat16() and installed("torch")


def allows(instructions: str) -> bool:
    """Whether the user's limit leaves these vector instructions, named as PyTorch names them."""
    return instructions not in _forbidden()[0]


def processor_facts(*, with_kernels: bool) -> str:
    """Name, instruction set and whether the compiled kernels are there, as a run's record has them."""
    compiled = ", compiled kernels" if with_kernels else ""
    return f"{_name()} ({_instructions(with_kernels=with_kernels)}{compiled})"


def _gpu_is_here() -> bool:
    if not (gpu_may_be_here() and installed("torch")):
        return False
    import torch

    # There may be a driver without a GPU, a GPU that the user hides, or a PyTorch that was built without CUDA.
    return torch.cuda.is_available()


def _instructions(*, with_kernels: bool) -> str:
    """The vector instructions that PyTorch and the kernels choose by, under PyTorch's names."""
    flags = _flags()
    if flags >= _WIDE:
        return "AVX512"
    if "avx2" in flags or (not flags and with_kernels and platform.machine().lower() in ("x86_64", "amd64")):
        return "AVX2"
    return "DEFAULT"


def _flags() -> frozenset[str]:
    """Instruction sets within the user's limit, by Linux's names; empty where the system does not tell."""
    beginnings = _forbidden()[1]
    return frozenset(flag for flag in _flags_of_processor() if not flag.startswith(beginnings))


def _forbidden() -> tuple[frozenset[str], tuple[str, ...]]:
    """PyTorch reads only these words, as they are written here; any other is no limit to it, nor to the engine."""
    return _FORBIDDEN.get(os.environ.get(LIMIT, ""), (frozenset(), ()))


@cache
def _flags_of_processor() -> frozenset[str]:
    return frozenset(_of_cpuinfo("flags").split())


def _name() -> str:
    return _of_cpuinfo("model name") or platform.processor() or platform.machine()


def _of_cpuinfo(entry: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == entry), "")
