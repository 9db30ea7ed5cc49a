from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from classlab.records.architecture import Architecture
from classlab.records.layers import BatchNormalization, Conv2D, Dense, Flatten, Rescaling
from classlab.training import measure, predict
from classlab.training.kernels import chain_probe
from classlab.training.process import settings as process_settings
from classlab.training.process.settings import freed_memory_kept, plain_float32, quiet_products
from classlab.training.tensor.network import Network


@pytest.mark.skipif(process_settings._glibc() is None, reason="only glibc can be told")
def test_freed_blocks_are_used_again_without_page_faults():
    """In a process of its own: earlier tests have moved the limits of this one."""
    code = """
        import resource
        import torch
        from classlab.training.process.settings import freed_memory_kept

        def step():
            return [torch.ones(7_000_000) for _ in range(3)]  # 28 MB each, as a convolution's values

        def faults():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for _ in range(10):
                step()
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

        torch.set_num_threads(1)
        step()
        without = faults()
        with freed_memory_kept():
            step()
            print(without, faults())
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    without, within = map(int, done.stdout.split())
    assert within < without / 3


def test_where_the_library_cannot_be_told_nothing_happens(monkeypatch):
    monkeypatch.setattr(process_settings.platform, "libc_ver", lambda: ("", ""))
    with freed_memory_kept():
        assert process_settings._glibc() is None


SHAPE = (6, 6, 1)
NETWORK = Architecture(
    name="convolution",
    input_shape=SHAPE,
    layers=(Conv2D(filters=4), BatchNormalization(), Flatten(), Dense(units=10, activation="softmax")),  # no chain
)


def settings():
    return torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic, torch.backends.cuda.matmul.allow_tf32


@pytest.fixture
def during(monkeypatch):
    """The settings while networks compute."""
    seen = []
    original = Network.forward

    def noted(*arguments, **options):
        seen.append(settings())
        return original(*arguments, **options)

    monkeypatch.setattr(Network, "forward", noted)
    return seen


def test_training_predicting_and_measuring_keep_all_digits_and_put_the_settings_back(bench, during):
    before = settings()
    assert before[0]  # PyTorch's own choice is the shorter format, or there would be nothing to see here
    (trained,) = bench.train(bench.spec(architecture=NETWORK, epochs=1))
    assert during
    split, scale = bench.division.test, Rescaling(scale=1 / 255)
    predict(NETWORK, trained.weights, split.images, input_layer=scale)
    measure(NETWORK, [trained.weights], split, input_layer=scale, loss=bench.spec().loss)
    assert set(during) == {(False, True, False)}
    assert settings() == before


def test_the_settings_are_put_back_after_an_error():
    before = settings()
    with pytest.raises(ZeroDivisionError), plain_float32():
        raise ZeroDivisionError
    assert settings() == before


def threads():
    """Of every library of matrix products."""
    return [found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"]


def test_products_take_one_thread_and_as_many_as_before_afterwards():
    before = threads()
    assert before, "NumPy multiplies without a library that can be asked"
    with quiet_products():
        assert set(threads()) == {1}
        np.ones((300, 300)) @ np.ones((300, 300))
    assert threads() == before


def test_the_number_is_put_back_after_an_error():
    before = threads()
    with pytest.raises(ZeroDivisionError), quiet_products():
        raise ZeroDivisionError
    assert threads() == before


def test_probes_of_dense_networks_leave_no_thread_spinning(bench, monkeypatch):
    seen = []
    original = chain_probe.member_probes

    def noted(*arguments, **options):
        seen.append(set(threads()))
        return original(*arguments, **options)

    monkeypatch.setattr(chain_probe, "member_probes", noted)
    if not bench.train(bench.spec(epochs=1), device="cpu")[0].diagnostics.probes or not seen:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    assert seen == [{1}, {1}]
