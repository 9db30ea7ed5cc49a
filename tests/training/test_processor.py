from __future__ import annotations

import ctypes
import sys

import pytest
import torch

from classlab.training import environment, environment_facts, processor


def test_the_instructions_are_those_that_pytorch_names():
    assert processor._instructions() == torch.backends.cpu.get_cpu_capability()


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
    assert processor._instructions() == expected


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
    ("device", "driver", "expected"),
    [("cpu", True, True), ("auto", False, True), ("auto", True, False), ("cuda", False, False)],
)
def test_pytorch_is_asked_only_where_there_may_be_a_gpu_or_one_is_wanted(monkeypatch, device, driver, expected):
    monkeypatch.setattr(environment, "gpu_may_be_here", lambda: driver)
    assert environment.stays_on_processor(device) is expected


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16", "float64"])
@pytest.mark.parametrize("narrow", [True, False])
def test_the_facts_are_the_same_whether_pytorch_is_asked_or_not(monkeypatch, precision, narrow):
    monkeypatch.setattr(processor, "_flags", lambda: frozenset({"avx2", "amx_bf16"} if narrow else {"avx2"}))
    plain = environment_facts("auto", precision)
    monkeypatch.setattr(environment, "gpu_may_be_here", lambda: True)
    assert environment_facts("auto", precision) == plain or torch.cuda.is_available()
