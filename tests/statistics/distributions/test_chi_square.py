from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from classlab.statistics.distributions import chi_square_quantile
from classlab.statistics.distributions.chi_square import gamma_below

FREEDOMS = sorted({1.0, 1.5, 2.0, 4.0, 99.9, 100.0, 100.1, *np.geomspace(1, 1e6, 40).tolist()})


def test_a_table_s_values():
    # Chi-squared, 0.95, as printed in Pearson and Hartley (1966), table 8.
    printed = {1: 3.84146, 4: 9.48773, 10: 18.3070, 100: 124.342}
    assert {each: float(f"{chi_square_quantile(each, 0.95):.6g}") for each in printed} == printed


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_quantiles_are_scipys(freedom):
    tails = np.array([1e-12, 1e-6, 0.001, 0.05, 0.2, 0.4, 0.5, 0.6, 0.9, 0.99, 0.9999])
    wanted = 2 * special.gammaincinv(freedom / 2, tails)
    # With a million of freedom SciPy itself is off by 5e-12; arithmetic of 40 digits agrees with this within 1e-16.
    exact = 1e-12 if freedom < 1e5 else 1e-11
    assert [chi_square_quantile(freedom, tail) for tail in tails.tolist()] == pytest.approx(wanted, rel=exact)


@pytest.mark.parametrize("shape", [0.5, 0.9, 3.3, 49.9, 50.0, 700.0])
def test_probabilities_are_scipys(shape):
    values = shape * np.geomspace(1e-3, 10, 200)
    wanted = special.gammainc(shape, values)
    assert [gamma_below(shape, x).value for x in values.tolist()] == pytest.approx(wanted, rel=1e-12, abs=1e-30)
