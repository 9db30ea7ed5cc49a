from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from classlab.models.builtin import build
from classlab.records.run import DataSpec, RunSpec
from classlab.training import environment, environment_facts
from classlab.training.kernels.library import kernels
from classlab.training.kernels.recognition import method_for_training, settled_precision
from classlab.training.process import processor


def test_the_instructions_are_those_that_pytorch_names():
    assert processor._instructions(with_kernels=False) == torch.backends.cpu.get_cpu_capability()


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"sse4_2"}, "DEFAULT"),
        ({"avx2", "fma"}, "AVX2"),
        ({"avx2", "avx512f"}, "AVX2"),
        ({"avx2", "avx512f", "avx512bw", "avx512dq", "avx512vl"}, "AVX512"),
    ],
)
def test_the_widest_instructions_count(monkeypatch, flags, expected):
    monkeypatch.setattr(processor, "_flags", lambda: frozenset(flags))
    assert processor._instructions(with_kernels=False) == expected


@pytest.mark.parametrize(
    ("limit", "instructions", "bfloat16"),
    [
        (None, "AVX512", True),
        ("avx512", "AVX512", True),
        ("avx2", "AVX2", False),
        ("AVX2", "AVX512", True),  # a word that PyTorch does not know either
        ("default", "DEFAULT", False),
    ],
)
def test_the_users_limit_on_vector_instructions_holds_for_the_engine_as_well(
    monkeypatch, limit, instructions, bfloat16
):
    wide = {"sse4_2", "fma", "avx", "avx2", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16", "amx_bf16"}
    monkeypatch.setattr(processor, "_flags_of_processor", lambda: frozenset(wide))
    if limit is None:
        monkeypatch.delenv("ATEN_CPU_CAPABILITY", raising=False)
    else:
        monkeypatch.setenv("ATEN_CPU_CAPABILITY", limit)
    assert processor._instructions(with_kernels=True) == instructions
    assert processor.multiplies_bfloat16() is bfloat16


@pytest.mark.parametrize("limit", ["avx2", "AVX2", "default", "none"])
def test_pytorch_reads_the_same_limit_from_the_same_words(limit):
    """Each asked in a process of its own, because PyTorch reads the variable once."""
    script = (
        "import torch; from classlab.training.process import processor;"
        "print(torch.backends.cpu.get_cpu_capability(), processor._instructions(with_kernels=False))"
    )
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": limit}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    theirs, ours = done.stdout.split()
    assert theirs == ours


@pytest.mark.parametrize(("machine", "expected"), [("x86_64", "AVX2"), ("AMD64", "AVX2"), ("arm64", "DEFAULT")])
def test_a_processor_that_tells_nothing_is_known_by_its_kernels(monkeypatch, machine, expected):
    """Elsewhere than on x86 PyTorch names no instruction set, although there are kernels."""
    monkeypatch.setattr(processor, "_flags", frozenset)
    monkeypatch.setattr(processor.platform, "machine", lambda: machine)
    assert processor._instructions(with_kernels=True) == expected
    assert processor._instructions(with_kernels=False) == "DEFAULT"


def test_a_system_that_tells_nothing_has_a_name_all_the_same(monkeypatch):
    monkeypatch.setattr(processor, "_of_cpuinfo", lambda _: "")
    assert processor._name()


@pytest.mark.parametrize(("found", "expected"), [(True, True), (False, False)])
def test_a_gpu_may_be_here_where_its_driver_is(monkeypatch, found, expected):
    def opened(name):
        if not found:
            raise OSError(name)

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", opened)
    assert processor.gpu_may_be_here.__wrapped__() is expected


def test_systems_without_such_drivers_are_not_asked(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert processor.gpu_may_be_here.__wrapped__() is False


@pytest.mark.parametrize(
    ("device", "driver", "seen", "expected"),
    [
        ("cpu", True, True, True),
        ("auto", False, None, True),  # and nobody is asked
        ("auto", True, False, True),  # a hidden GPU, or a PyTorch without CUDA
        ("auto", True, True, False),
        ("cuda", True, True, False),
        ("cuda", False, None, False),
    ],
)
def test_auto_computes_on_a_gpu_that_pytorch_sees(monkeypatch, device, driver, seen, expected):
    def asked():
        assert seen is not None, "PyTorch is asked for a GPU without a driver"
        return seen

    monkeypatch.setattr(processor, "gpu_may_be_here", lambda: driver)
    monkeypatch.setattr(torch.cuda, "is_available", asked)
    assert processor.on_processor(device) is expected


def test_dense_networks_stay_in_the_kernels_where_a_driver_has_no_gpu(monkeypatch, bench):
    if kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    monkeypatch.setattr(processor, "gpu_may_be_here", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert method_for_training([bench.spec()], "auto") == "fused"


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16", "float64"])
@pytest.mark.parametrize("narrow", [True, False])
def test_the_facts_are_the_same_whether_pytorch_is_asked_or_not(monkeypatch, bench, precision, narrow):
    monkeypatch.setattr(processor, "_flags", lambda: frozenset({"avx2", "amx_bf16"} if narrow else {"avx2"}))
    facts = environment_facts("cpu", bench.spec(precision=precision))
    assert environment._of_pytorch("cpu", precision) == ("cpu", facts.precision)


@pytest.mark.parametrize(
    ("units", "expected"), [({"amx_bf16", "avx512_bf16"}, "auto"), ({"avx512_bf16"}, "float32"), (set(), "float32")]
)
def test_auto_is_float32_where_the_kernels_are_quicker_than_units_for_bfloat16(monkeypatch, units, expected):
    if kernels() is None or kernels().name == b"NEON":
        pytest.skip("the compiled kernels are not installed, switched off, or leave convolutions to PyTorch")
    monkeypatch.setattr(processor, "_flags", lambda: frozenset({"avx2", *units}))
    network = build("lenet5", input_shape=(28, 28, 1), classes=10)
    run = RunSpec(data=DataSpec(name="mnist"), architecture=network, precision="auto")
    assert settled_precision(run, "cpu") == expected
    assert settled_precision(replace(run, precision="bfloat16"), "cpu") == "bfloat16"
