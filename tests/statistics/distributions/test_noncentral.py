from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from classlab.statistics.distributions import noncentral_student, normal, student

FREEDOMS = [1.0, 1.3, 2.0, 3.2258, 5.5, 9.0, 30.0, 333.3, 4999.0, 1e5, 1e6]
SHIFTS = [0.0, 0.01, 0.3, 1.0, 2.0, 3.5, 5.0, 7.0, 8.1, 12.0, 25.0, 31.9, 32.1, 100.0]


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("freedom", FREEDOMS)
def test_probabilities_are_scipys(freedom, shift):
    near = shift * np.array([0.3, 0.8, 0.95, 1.0, 1.05, 1.3, 3.0])
    values = np.concatenate([near, [-50, -6, -3, -1, -0.1, 0, 0.1, 0.5, 1, 2, 3, 4, 6, 12.7, 63.7, 1000]])
    wanted = special.nctdtr(freedom, shift, values)
    found = np.array([noncentral_student(freedom, shift, value) for value in values.tolist()])
    known = np.isfinite(wanted)  # SciPy gives up in tails too thin for a double
    # With a million of freedom SciPy itself is off by 5e-12; arithmetic of 40 digits agrees with this within 1e-16.
    assert found[known] == pytest.approx(wanted[known], abs=1e-12 if freedom < 1e6 else 1e-11)
    assert ((found >= 0) & (found <= 1 + 1e-15)).all()
    assert known.sum() > 10


@pytest.mark.parametrize(("freedom", "shift"), [(1.0, 1e3), (1.67, 1e4), (3.0, 1e6)])
def test_large_shifts_are_the_integral_over_the_normal(freedom, shift):
    """Such values decide how many seeds would tell where strict intervals rest on two seeds."""
    for value in (0.5 * shift, shift, 4 * shift):

        def share(z, value=value):
            return stats.norm.pdf(z) * special.gammaincc(freedom / 2, freedom / 2 * ((z + shift) / value) ** 2)

        wanted = integrate.quad(share, -9, 9, epsabs=1e-14, epsrel=1e-13)[0]
        assert noncentral_student(freedom, shift, value) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_without_a_shift_it_is_students(freedom):
    for value in (-8.0, -1.0, 0.0, 0.5, 3.0):
        assert noncentral_student(freedom, 0.0, value) == pytest.approx(student(freedom, value), abs=1e-13)


def test_shifts_below_zero_are_the_mirror():
    assert noncentral_student(5.0, -2.0, -1.0) == pytest.approx(1 - noncentral_student(5.0, 2.0, 1.0), abs=1e-15)


def test_infinite_freedom_is_the_normal_distribution():
    assert noncentral_student(math.inf, 1.5, 2.5) == normal(1.0)


def test_what_lies_beyond_doubt_is_certain():
    assert (noncentral_student(4.0, 300.0, 3.0), noncentral_student(1e4, 1.0, 30.0)) == (0.0, 1.0)
