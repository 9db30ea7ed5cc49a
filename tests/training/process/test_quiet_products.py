from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from classlab.training.kernels import probe
from classlab.training.process.settings import quiet_products


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
    original = probe.member_probes

    def noted(*arguments, **options):
        seen.append(set(threads()))
        return original(*arguments, **options)

    monkeypatch.setattr(probe, "member_probes", noted)
    if not bench.train(bench.spec(epochs=1), device="cpu")[0].diagnostics.probes or not seen:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    assert seen == [{1}, {1}]
