"""The limit on vector instructions reaches every library that a measured process uses."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from benchmarks.instructions import UNITS, computed_with, units
from benchmarks.trial import worker_environment


def test_a_worker_held_to_avx2_finds_no_wider_units_in_pytorch_and_classlab():
    script = (
        "import torch; from classlab.training.process.processor import auto_is_bfloat16;"
        "from classlab.training.kernels.library import kernels; found = kernels();"
        "print(torch.backends.cpu.get_cpu_capability(), found.name.decode() if found else None,"
        " auto_is_bfloat16())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=worker_environment("avx2"), capture_output=True, text=True, check=True
    )
    capability, compiled, narrow = done.stdout.split()
    assert capability in ("AVX2", "DEFAULT")  # the second on a processor that has not even that
    assert compiled in ("AVX2", "NEON", "None")
    assert narrow == "False"


def test_units_are_those_that_pytorch_sees_and_under_a_limit_none_beyond_it():
    assert set(units("avx2")) <= {"AVX2"} <= set(UNITS.values())
    assert ("AVX-512" in units()) == (torch.backends.cpu.get_cpu_capability() == "AVX512")


@pytest.mark.parametrize(
    ("arithmetic", "found", "expected"),
    [
        ("float32", ["AVX2", "AVX-512", "AVX512-BF16", "AMX"], "float32, AVX-512"),
        ("bfloat16", ["AVX2", "AVX-512", "AVX512-BF16", "AMX"], "bfloat16, AMX"),
        ("bfloat16", ["AVX2"], "bfloat16, emulated"),
        ("float32", [], "float32"),
    ],
)
def test_an_arithmetic_is_shown_with_the_widest_units_that_serve_it(arithmetic, found, expected):
    assert computed_with(arithmetic, found) == expected
