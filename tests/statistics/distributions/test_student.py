from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from classlab.statistics.distributions import normal, normal_quantile, student, student_quantile

# Where one form of a function takes over from another, and fractions as Welch's and Satterthwaite's.
FREEDOMS = [1.0, 1.0001, 1.67, 2.0, 3.2258, 5.5, 30.0, 99.9, 100.0, 100.1, 333.3, 12345.6, 1e5, 1e6]
FREEDOMS = sorted({*FREEDOMS, *np.geomspace(1, 1e6, 60).tolist()})


def test_a_table_s_values():
    # Student's t, 0.975, as printed in Pearson and Hartley (1966), table 12.
    printed = {1: 12.706, 2: 4.303, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.980}
    assert {freedom: round(student_quantile(freedom, 0.975), 3) for freedom in printed} == printed


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_lower_tails_are_scipys(freedom):
    # Nearer to zero SciPy's own answer is exact to nine digits only.
    values = np.concatenate([np.linspace(0.1, 12, 240), [1.731, 1.733, 20, 50, 300, 1e4, 1e8]])
    wanted = special.stdtr(freedom, -values)
    assert [student(freedom, -value) for value in values.tolist()] == pytest.approx(wanted, rel=1e-12, abs=1e-290)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_the_middle_is_scipys_incomplete_beta_function(freedom):
    values = np.concatenate([[0.0, 1e-12, 1e-6], np.linspace(0.001, 1.7, 80)])
    wanted = 0.5 + special.betainc(0.5, freedom / 2, values**2 / (freedom + values**2)) / 2
    assert [student(freedom, value) for value in values.tolist()] == pytest.approx(wanted, abs=1e-14)
    assert [student(freedom, -value) for value in values.tolist()] == pytest.approx(1 - wanted, abs=1e-14)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_quantiles_are_scipys(freedom):
    tails = np.array([1e-100, 1e-30, 1e-16, 1e-12, 1e-9, 1e-7, 1e-5, 0.0005, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.4])
    wanted = special.stdtrit(freedom, tails)
    assert [student_quantile(freedom, tail) for tail in tails.tolist()] == pytest.approx(wanted, rel=1e-12)
    for tail in (0.4, 0.25, 0.1, 0.05, 0.025, 0.005, 0.0001):
        assert student_quantile(freedom, 1 - tail) == pytest.approx(-student_quantile(freedom, tail), rel=1e-11)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_a_quantile_s_probability_is_the_one_asked_for(freedom):
    for probability in (0.4999999, 0.5 - 1e-12, 0.45, 0.3, 0.001, 1e-8, 1e-15):
        assert student(freedom, student_quantile(freedom, probability)) == pytest.approx(probability, rel=1e-12)


def test_ends_and_the_middle():
    assert student_quantile(3.0, 0.5) == 0.0
    assert (student_quantile(3.0, 0.0), student_quantile(3.0, 1.0)) == (-math.inf, math.inf)
    assert (student(3.0, -math.inf), student(3.0, 0.0), student(3.0, math.inf)) == (0.0, 0.5, 1.0)
    assert (student(3.0, -1e200), student(3.0, 1e200)) == (0.0, 1.0)


def test_infinite_freedom_is_the_normal_distribution():
    assert student(math.inf, -2.5) == normal(-2.5)
    assert student_quantile(math.inf, 0.975) == normal_quantile(0.975)
