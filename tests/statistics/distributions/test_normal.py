from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from classlab.statistics.distributions import normal, normal_quantile


def test_probabilities_are_scipys_in_both_tails():
    values = np.linspace(-37, 37, 1001)
    assert [normal(value) for value in values.tolist()] == pytest.approx(special.ndtr(values), rel=1e-12, abs=0)


def test_quantiles_are_scipys_in_both_tails():
    tails = np.concatenate([np.geomspace(1e-300, 0.5, 500), 1 - np.geomspace(1e-16, 0.5, 100)])
    found = [normal_quantile(probability) for probability in tails.tolist()]
    assert found == pytest.approx(special.ndtri(tails), rel=1e-14, abs=1e-15)


def test_certainties_lie_at_infinity():
    assert (normal(-math.inf), normal(math.inf)) == (0.0, 1.0)
    assert (normal_quantile(0.0), normal_quantile(1.0)) == (-math.inf, math.inf)
