from __future__ import annotations

import math

import pytest
from scipy import optimize

from classlab.statistics.roots import root

FUNCTIONS = {
    "a line": lambda x: 3 * x - 1,
    "a cube": lambda x: x**3 - 0.02,
    "flat, then steep": lambda x: math.expm1(40 * (x - 0.9)),
    "an arc tangent": lambda x: math.atan(1000 * (x - 0.123)),
    "infinite at its ends": lambda x: math.inf if x >= 1 else (-math.inf if x <= -1 else math.atanh(x) - 0.7),
    "a root at its end": lambda x: x - 1,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_root_is_scipys(name):
    function = FUNCTIONS[name]
    wanted = optimize.brentq(function, -1, 1, xtol=1e-14)
    assert root(function, -1.0, 1.0, within=1e-12) == pytest.approx(wanted, abs=1e-12)
    assert root(function, 1.0, -1.0, within=1e-12) == pytest.approx(wanted, abs=1e-12)


def test_a_step_is_found_where_it_is():
    assert root(lambda x: math.copysign(1.0, x - 0.3), -1.0, 1.0, within=1e-9) == pytest.approx(0.3, abs=1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_asks_for_no_more_values_than_halving_would(name):
    asked = []

    def counted(x: float) -> float:
        asked.append(x)
        return FUNCTIONS[name](x)

    root(counted, -1.0, 1.0, within=1e-12)
    assert len(asked) <= math.log2(2 / 1e-12) + 4
