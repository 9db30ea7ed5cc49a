"""Which vector instructions a measured process may use: all that the processor has, or those of an older one.

Every library decides by itself and has a limit of its own, so all limits are set together, for classlab and for the
tools that it is compared with. What a C++ compiler makes for `torch.compile` is written for this processor
(`-march=native`), and no variable changes that: under a limit those loops keep a small advantage.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Isa = Literal["native", "avx2"]
LIMITS: dict[Isa, dict[str, str]] = {
    "native": {},
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch, what Inductor vectorizes by itself, and classlab
        "ONEDNN_MAX_CPU_ISA": "AVX2",  # oneDNN inside PyTorch and TensorFlow
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",  # matrix products of PyTorch
        "OPENBLAS_CORETYPE": "Haswell",  # those of NumPy
        "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",  # what TensorFlow and JAX compile
    },
}
# By Linux's flag, from narrow to wide; the last two multiply bfloat16.
UNITS = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_bf16": "AVX512-BF16", "amx_bf16": "AMX"}
_BFLOAT16 = ("AVX512-BF16", "AMX")


def units(isa: Isa = "native") -> list[str]:
    """What this processor has of the instructions that decide, within the limit; nothing where it does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return [unit for flag, unit in UNITS.items() if flag in flags and (isa == "native" or unit == "AVX2")]


def computed_with(arithmetic: str, found: list[str]) -> str:
    """An arithmetic and the widest units for it, as a table shows them.

    Args:
        arithmetic: `float32` or `bfloat16`.
        found: the units that may be used, as `units` names them.

    Example:
        >>> computed_with("float32", ["AVX2", "AVX-512", "AMX"]), computed_with("bfloat16", ["AVX2"])
        ('float32, AVX-512', 'bfloat16, emulated')
    """
    fitting = [unit for unit in found if (unit in _BFLOAT16) == (arithmetic == "bfloat16")]
    if fitting:
        return f"{arithmetic}, {fitting[-1]}"
    return f"{arithmetic}, emulated" if arithmetic == "bfloat16" and found else arithmetic
